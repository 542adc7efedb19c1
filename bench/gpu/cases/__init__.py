"""What is measured: every section's cases as data."""

from cases import adapters, allocator, attention, decoders, encoders, images, inference, losses, optimizers, sharded

SECTIONS = {
    name: section
    for table in (losses, decoders, sharded, adapters, attention, encoders, optimizers, images, inference, allocator)
    for name, section in table.SECTIONS.items()
}
