"""What is measured: every section's cases as data."""

from cases import (
    adapters,
    allocator,
    attention,
    compiled,
    decoders,
    drawn,
    encoders,
    images,
    inference,
    libraries,
    losses,
    methods,
    optimizers,
    sharded,
    unseen_images,
    unseen_methods,
)

SECTIONS = {
    name: section
    for table in (
        losses, decoders, sharded, adapters, attention, encoders, optimizers, images, unseen_images, inference, allocator, methods, compiled,
        unseen_methods, drawn, libraries,
    )
    for name, section in table.SECTIONS.items()
}
