"""timm models by name; the split goes by model here too."""

from cases.table import Section, numbered

CALIBRATION = [
    "resnet34",
    "resnet101",
    "seresnet50",
    "convnext_small",
    "efficientnet_b2",
    "efficientnetv2_rw_s",
    "mobilenetv2_100",
    "regnety_032",
    "vgg16",
    "densenet169",
    "swin_tiny_patch4_window7_224",
    "vit_base_patch16_224",
    "mixer_b16_224",
    "inception_v3",
]
SCORING = [
    "resnext50_32x4d",
    "wide_resnet50_2",
    "resnet50d",
    "convnextv2_tiny",
    "efficientnet_b4",
    "mobilenetv3_small_100",
    "regnetx_032",
    "vgg11_bn",
    "xception41",
    "deit3_small_patch16_224",
    "swin_small_patch4_window7_224",
    "maxvit_tiny_tf_224",
    "levit_256",
    "poolformer_s12",
    "vit_small_patch14_dinov2",
    "ghostnet_100",
]
# Sizes other than 224.
SIDES = {"inception_v3": 299, "efficientnet_b2": 260, "efficientnet_b4": 320, "xception41": 299, "vit_small_patch14_dinov2": 224}
SIZED = {"vit_small_patch14_dinov2"}


def image(model: str, split: str, size: int, autocast: str | None, optimizer: str, **changes) -> dict:
    return {
        "harness": "timm-loop",
        "split": split,
        "model": model,
        "task": "image",
        "method": "full",
        "weightsDtype": "fp32",
        "autocast": autocast,
        "optimizer": optimizer,
        "microBatch": size,
        "gradientAccumulation": 1,
        "imageSize": SIDES.get(model, 224),
        "sizedModel": model in SIZED,
        "channelsLast": False,
        "gradientCheckpointing": False,
        **changes,
    }


NAMES = [*((name, "calibration") for name in CALIBRATION), *((name, "scoring") for name in SCORING)]
CASES = [
    *[image(name, split, 48, "bf16", "sgd") for name, split in NAMES],
    *[image(name, split, 24, None, "adamw") for name, split in NAMES],
    *[image(name, split, 48, "fp16", "sgd", channelsLast=True) for name, split in NAMES[::3]],
    *[image(name, split, 48, "bf16", "sgd", gradientCheckpointing=True) for name, split in NAMES if name in ("resnet101", "convnext_small", "vit_base_patch16_224", "resnet50d", "deit3_small_patch16_224", "efficientnet_b4")],
]
SECTIONS = {"images": Section("images", numbered("img", CASES))}
