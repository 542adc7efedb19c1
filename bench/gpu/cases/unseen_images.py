"""
Many more timm models, each in two of eight settings. Nobody measured them before: all of them score only. The
calibration models of `images.py` run once more in settings that it lacks.
"""

from itertools import cycle

from cases.images import CALIBRATION, image
from cases.table import Section, numbered

CONVOLUTIONAL = """
resnet26d resnetv2_50 resnest26d res2net50_26w_4s skresnet34 dpn68 regnety_016 regnetz_c16 regnetx_008 densenet201 dla60
hrnet_w18 inception_v4 inception_resnet_v2 xception65 efficientnet_b1 tf_efficientnetv2_s tf_efficientnet_lite0
mobilenetv3_large_075 mobilenetv4_conv_medium mobilenetv2_140 mnasnet_100 fbnetc_100 ghostnetv2_100 repvgg_b0 mobileone_s1
vgg19_bn convnext_base convnextv2_nano convnext_nano_ols nfnet_l0 eca_nfnet_l0 gernet_m darknet53 cspresnet50
cs3darknet_m ese_vovnet39b hardcorenas_a lcnet_100 tinynet_a selecsls60 inception_next_tiny poolformerv2_s12 repvit_m1_1
starnet_s2 rexnet_100 wide_resnet101_2 mobilenetv1_100
""".split()
ATTENDING = """
mobilevit_s mobilevitv2_100 coatnet_0_rw_224 nextvit_small caformer_s18 fastvit_t12 efficientvit_b1 tiny_vit_11m_224
pvt_v2_b1 twins_svt_small xcit_small_12_p16_224 cait_xxs24_224 pit_s_224 gcvit_tiny focalnet_tiny_srf davit_tiny
hiera_tiny_224 swinv2_tiny_window8_256 swin_base_patch4_window7_224 vit_large_patch16_224 vit_base_patch32_224
deit_base_patch16_224 deit3_base_patch16_224 beit_base_patch16_224 eva02_small_patch14_224 vit_base_patch16_clip_224
vit_base_patch16_siglip_224 vit_small_patch16_dinov3 convit_small crossvit_15_240 volo_d1_224 mambaout_tiny
resmlp_24_224 gmixer_24_224 visformer_small coat_lite_small sequencer2d_s nest_tiny mvitv2_tiny levit_384
efficientformer_l1 edgenext_small
""".split()
# Sizes other than 224 that the models are made for (timm: their default_cfg).
SIDES = {
    "inception_v4": 299,
    "inception_resnet_v2": 299,
    "xception65": 299,
    "swinv2_tiny_window8_256": 256,
    "crossvit_15_240": 240,
    "mobilevit_s": 256,
    "mobilevitv2_100": 256,
    "vit_small_patch16_dinov3": 256,
    "edgenext_small": 256,
    "efficientnet_b1": 240,
}
SETTINGS = [
    {"autocast": "bf16", "optimizer": "sgd", "microBatch": 48},
    {"autocast": None, "optimizer": "adamw", "microBatch": 24},
    {"autocast": "fp16", "optimizer": "sgd", "microBatch": 64, "channelsLast": True},
    {"autocast": "bf16", "optimizer": "adamw", "microBatch": 96, "channelsLast": True, "cudnnBenchmark": True},
    {"autocast": "bf16", "optimizer": "adamw", "microBatch": 48, "gradientCheckpointing": True},
    {"autocast": "bf16", "optimizer": "adamw", "microBatch": 12},
    {"autocast": None, "optimizer": "sgd", "microBatch": 32, "channelsLast": True},
    {"autocast": "bf16", "optimizer": "sgd", "microBatch": 32, "cudnnBenchmark": True},
]
# Convolutional models take any size.
OTHER_SIDES = cycle([None, 160, None, 288, None, 192, None, 320])
MORE_OF_KNOWN = [SETTINGS[3], SETTINGS[7], SETTINGS[5], SETTINGS[6]]


def settings(model: str, split: str, setting: dict, side: int | None) -> dict:
    changes = {"imageSize": side or SIDES.get(model, 224), **{key: value for key, value in setting.items() if key not in ("autocast", "optimizer", "microBatch")}}
    return image(model, split, setting["microBatch"], setting["autocast"], setting["optimizer"], **changes)


def unseen() -> list[dict]:
    cases = []
    for index, model in enumerate(CONVOLUTIONAL + ATTENDING):
        for setting in (SETTINGS[index % 8], SETTINGS[(index + 3) % 8]):
            side = next(OTHER_SIDES) if model in CONVOLUTIONAL else None
            cases.append(settings(model, "scoring", setting, side))
    return cases


KNOWN = [settings(model, "calibration", setting, None) for model in CALIBRATION for setting in MORE_OF_KNOWN if model != "inception_v3"]
HALVES = numbered("tim", unseen() + KNOWN)
SECTIONS = {f"unseen-images-{part + 1}": Section("image-models", HALVES[part::6]) for part in range(6)}
