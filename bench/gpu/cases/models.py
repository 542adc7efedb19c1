"""
Every model that the transformers harnesses build: its configuration, and the split that its rows belong to. The split
was drawn up before anything was measured. A hub name stands for the published dimensions; a name beginning with
`config/` is a small model of that architecture with dimensions of its own.
"""


from cases.drawn_models import DRAWN


def model(kind: str, split: str, **config) -> dict:
    return {"type": kind, "split": split, "config": config}


def calibration(kind: str, **config) -> dict:
    return model(kind, "calibration", **config)


def scoring(kind: str, **config) -> dict:
    return model(kind, "scoring", **config)


def sizes(hidden, layers, heads, kv, inner, vocab, **rest) -> dict:
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "intermediate_size": inner,
        "vocab_size": vocab,
        **rest,
    }


def gpt_sizes(hidden, layers, heads, vocab, **rest) -> dict:
    return {"n_embd": hidden, "n_layer": layers, "n_head": heads, "vocab_size": vocab, **rest}


def bert_sizes(hidden, layers, heads, inner, vocab, **rest) -> dict:
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocab,
        **rest,
    }


DECODERS = {
    # Llama and its near relatives.
    "meta-llama/Llama-3.2-1B": calibration("llama", **sizes(2048, 16, 32, 8, 8192, 128256, head_dim=64, tie_word_embeddings=True)),
    "Qwen/Qwen2.5-0.5B": calibration("qwen2", **sizes(896, 24, 14, 2, 4864, 151936, tie_word_embeddings=True)),
    "config/llama-wide-heads": scoring("llama", **sizes(2048, 8, 64, 64, 5504, 32000)),
    "config/llama-deep": calibration("llama", **sizes(1024, 24, 16, 16, 2816, 32000)),
    "config/llama-gqa": scoring("llama", **sizes(1536, 12, 24, 4, 4096, 50000)),
    "config/mistral-window": scoring("mistral", **sizes(1536, 10, 24, 8, 5376, 32000, sliding_window=512)),
    "HuggingFaceTB/SmolLM2-360M": scoring("llama", **sizes(960, 32, 15, 5, 2560, 49152, tie_word_embeddings=True)),
    "Qwen/Qwen3-1.7B": scoring("qwen3", **sizes(2048, 28, 16, 8, 6144, 151936, head_dim=128, tie_word_embeddings=True)),
    "config/smollm3": scoring("smollm3", **sizes(1024, 12, 16, 4, 4096, 32000, tie_word_embeddings=True)),
    "config/granite": calibration("granite", **sizes(1280, 12, 20, 4, 3584, 49155, tie_word_embeddings=True)),
    "config/olmo": scoring("olmo", **sizes(1536, 10, 16, 16, 4096, 50304)),
    "allenai/OLMo-2-0425-1B": scoring("olmo2", **sizes(2048, 16, 16, 16, 8192, 100352)),
    "config/olmo2": calibration("olmo2", **sizes(1024, 12, 16, 16, 4096, 20000)),
    "config/seed-oss": scoring("seed_oss", **sizes(1280, 10, 20, 4, 4480, 30000, head_dim=64)),
    "config/exaone4": scoring("exaone4", **sizes(1280, 10, 20, 5, 4096, 30000)),
    "config/glm4": scoring("glm4", **sizes(1280, 10, 20, 2, 4096, 30000, head_dim=64)),
    "config/nemotron": scoring("nemotron", **sizes(1536, 10, 24, 8, 6144, 40000, head_dim=64)),
    # Gemma.
    "google/gemma-3-270m": calibration("gemma3_text", **sizes(640, 18, 4, 1, 2048, 262144, head_dim=256, sliding_window=512)),
    "config/gemma2": calibration("gemma2", **sizes(1152, 10, 8, 4, 6912, 64000, head_dim=128, sliding_window=512)),
    "config/gemma2-b": scoring("gemma2", **sizes(1536, 8, 8, 4, 6144, 32000, head_dim=256, sliding_window=4096)),
    "config/gemma": scoring("gemma", **sizes(1024, 10, 8, 1, 8192, 64000, head_dim=256)),
    # Other dense families.
    "config/phi3": calibration("phi3", **sizes(1536, 10, 24, 24, 4096, 32064)),
    "config/phi3-gqa": scoring("phi3", **sizes(1536, 10, 24, 8, 5376, 50000)),
    "config/phi": calibration("phi", **sizes(1536, 12, 24, 24, 6144, 51200)),
    "config/cohere": scoring("cohere", **sizes(1536, 10, 24, 8, 4096, 64000)),
    "config/cohere2": scoring("cohere2", **sizes(1536, 8, 24, 8, 4096, 64000, sliding_window=512)),
    "config/stablelm": calibration("stablelm", **sizes(1536, 10, 24, 24, 4096, 50304)),
    "config/starcoder2": calibration("starcoder2", **sizes(1536, 10, 24, 2, 6144, 49152, sliding_window=4096)),
    "config/starcoder2-b": scoring("starcoder2", **sizes(1024, 16, 16, 4, 4096, 30000, sliding_window=256)),
    "config/gpt-bigcode": scoring("gpt_bigcode", **gpt_sizes(1280, 12, 20, 49152, n_positions=2048)),
    "config/gptj": calibration("gptj", **gpt_sizes(1024, 12, 16, 50400, n_positions=2048, rotary_dim=64)),
    "EleutherAI/gpt-neo-125m": scoring(
        "gpt_neo",
        hidden_size=768,
        num_layers=12,
        num_heads=12,
        intermediate_size=3072,
        vocab_size=50257,
        max_position_embeddings=2048,
        window_size=256,
        attention_types=[[["global", "local"], 6]],
    ),
    "config/falcon": calibration(
        "falcon", hidden_size=1536, num_hidden_layers=10, num_attention_heads=24, vocab_size=65024, multi_query=True, bias=False
    ),
    "config/falcon-alibi": scoring(
        "falcon",
        hidden_size=1024,
        num_hidden_layers=12,
        num_attention_heads=16,
        vocab_size=50304,
        multi_query=False,
        parallel_attn=False,
        alibi=True,
        bias=True,
    ),
    "bigscience/bloom-560m": calibration("bloom", hidden_size=1024, n_layer=24, n_head=16, vocab_size=250880),
    "config/bloom": scoring("bloom", hidden_size=1536, n_layer=10, n_head=24, vocab_size=32000),
    "config/mpt": calibration("mpt", d_model=1280, n_layers=12, n_heads=20, vocab_size=50432, max_seq_len=2048),
    "config/mpt-b": scoring("mpt", d_model=2048, n_layers=8, n_heads=16, vocab_size=32000, max_seq_len=2048),
    "facebook/opt-125m": scoring(
        "opt", hidden_size=768, num_hidden_layers=12, num_attention_heads=12, ffn_dim=3072, vocab_size=50272, word_embed_proj_dim=768
    ),
    "openai-community/gpt2": calibration("gpt2", **gpt_sizes(768, 12, 12, 50257, n_positions=1024)),
    "config/gpt2-long": scoring("gpt2", **gpt_sizes(1152, 14, 18, 30000, n_positions=2048)),
    "EleutherAI/pythia-70m": scoring("gpt_neox", **bert_sizes(512, 6, 8, 2048, 50304)),
    # Experts.
    "config/mixtral": calibration("mixtral", **sizes(1024, 6, 16, 4, 2560, 32000, num_local_experts=8, num_experts_per_tok=2)),
    "config/mixtral-b": scoring("mixtral", **sizes(768, 8, 12, 4, 2048, 50000, num_local_experts=4, num_experts_per_tok=2)),
    "config/qwen3-moe": calibration(
        "qwen3_moe",
        **sizes(1024, 8, 16, 4, 3072, 32000, head_dim=64, num_experts=32, num_experts_per_tok=8, moe_intermediate_size=384),
    ),
    "config/qwen3-moe-b": scoring(
        "qwen3_moe",
        **sizes(1280, 6, 20, 4, 4096, 60000, head_dim=128, num_experts=64, num_experts_per_tok=4, moe_intermediate_size=256),
    ),
    "config/qwen2-moe": scoring(
        "qwen2_moe",
        **sizes(
            1024, 8, 16, 16, 2816, 40000,
            num_experts=16, num_experts_per_tok=4, moe_intermediate_size=704, shared_expert_intermediate_size=2816,
        ),
    ),
    "config/olmoe": scoring("olmoe", **sizes(1024, 8, 16, 16, 512, 50304, num_experts=32, num_experts_per_tok=8)),
    "config/gpt-oss": calibration(
        "gpt_oss",
        **sizes(1024, 8, 16, 4, 1024, 64000, head_dim=64, num_local_experts=16, num_experts_per_tok=4, sliding_window=128),
    ),
    "config/gpt-oss-b": scoring(
        "gpt_oss",
        **sizes(768, 10, 24, 8, 768, 32000, head_dim=64, num_local_experts=8, num_experts_per_tok=2, sliding_window=128),
    ),
    "config/deepseek-v2": calibration(
        "deepseek_v2",
        **sizes(
            1024, 8, 16, 16, 4096, 32000,
            q_lora_rank=None, kv_lora_rank=256, qk_nope_head_dim=64, qk_rope_head_dim=32, v_head_dim=64,
            n_routed_experts=16, num_experts_per_tok=4, n_shared_experts=2, moe_intermediate_size=512,
            first_k_dense_replace=1, topk_method="greedy", n_group=None, topk_group=None,
        ),
    ),
    "config/deepseek-v3": scoring(
        "deepseek_v3",
        **sizes(
            1024, 8, 16, 16, 4096, 32000,
            q_lora_rank=512, kv_lora_rank=256, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128,
            n_routed_experts=16, num_experts_per_tok=4, n_shared_experts=1, moe_intermediate_size=512,
            first_k_dense_replace=2, n_group=4, topk_group=2,
        ),
    ),
    "config/glm4-moe": scoring(
        "glm4_moe",
        **sizes(
            1024, 8, 16, 4, 4096, 40000,
            head_dim=64, n_routed_experts=16, num_experts_per_tok=4, n_shared_experts=1, moe_intermediate_size=512,
            first_k_dense_replace=1, n_group=1, topk_group=1,
        ),
    ),
}

ENCODERS = {
    "google-bert/bert-base-uncased": calibration("bert", **bert_sizes(768, 12, 12, 3072, 30522)),
    "sentence-transformers/all-MiniLM-L6-v2": scoring("bert", **bert_sizes(384, 6, 12, 1536, 30522)),
    "FacebookAI/roberta-large": scoring(
        "roberta", **bert_sizes(1024, 24, 16, 4096, 50265, max_position_embeddings=514, type_vocab_size=1)
    ),
    "FacebookAI/xlm-roberta-base": calibration(
        "xlm-roberta", **bert_sizes(768, 12, 12, 3072, 250002, max_position_embeddings=514, type_vocab_size=1)
    ),
    "albert/albert-base-v2": calibration("albert", **bert_sizes(768, 12, 12, 3072, 30000, embedding_size=128)),
    "google/electra-base-discriminator": scoring("electra", **bert_sizes(768, 12, 12, 3072, 30522, embedding_size=768)),
    "microsoft/mpnet-base": scoring("mpnet", **bert_sizes(768, 12, 12, 3072, 30527, max_position_embeddings=514)),
    "answerdotai/ModernBERT-base": calibration("modernbert", **bert_sizes(768, 22, 12, 1152, 50368)),
    "answerdotai/ModernBERT-large": scoring("modernbert", **bert_sizes(1024, 28, 16, 2624, 50368)),
    "microsoft/deberta-v3-small": scoring(
        "deberta-v2",
        **bert_sizes(
            768, 6, 12, 3072, 128100,
            type_vocab_size=0, relative_attention=True, position_buckets=256, norm_rel_ebd="layer_norm",
            share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, max_relative_positions=-1,
        ),
    ),
    "google-t5/t5-small": scoring(
        "t5", d_model=512, d_kv=64, d_ff=2048, num_layers=6, num_decoder_layers=6, num_heads=8, vocab_size=32128
    ),
    "google/flan-t5-base": calibration(
        "t5", d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_decoder_layers=12, num_heads=12, vocab_size=32128,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False,
    ),
    "google/mt5-small": scoring(
        "mt5", d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_decoder_layers=8, num_heads=6, vocab_size=250112,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False,
    ),
    "facebook/bart-base": calibration(
        "bart", d_model=768, encoder_layers=6, decoder_layers=6, encoder_attention_heads=12, decoder_attention_heads=12,
        encoder_ffn_dim=3072, decoder_ffn_dim=3072, vocab_size=50265,
    ),
    "facebook/bart-large": scoring(
        "bart", d_model=1024, encoder_layers=12, decoder_layers=12, encoder_attention_heads=16, decoder_attention_heads=16,
        encoder_ffn_dim=4096, decoder_ffn_dim=4096, vocab_size=50265,
    ),
    "openai/whisper-tiny": calibration(
        "whisper", d_model=384, encoder_layers=4, decoder_layers=4, encoder_attention_heads=6, decoder_attention_heads=6,
        encoder_ffn_dim=1536, decoder_ffn_dim=1536, vocab_size=51865, num_mel_bins=80, max_source_positions=1500,
    ),
    "openai/whisper-small": scoring(
        "whisper", d_model=768, encoder_layers=12, decoder_layers=12, encoder_attention_heads=12, decoder_attention_heads=12,
        encoder_ffn_dim=3072, decoder_ffn_dim=3072, vocab_size=51865, num_mel_bins=80, max_source_positions=1500,
    ),
}


def vit_sizes(hidden, layers, heads, inner, **rest) -> dict:
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "image_size": 224,
        "patch_size": 16,
        "num_labels": 1000,
        **rest,
    }


VISION = {
    "google/vit-large-patch16-224": scoring("vit", **vit_sizes(1024, 24, 16, 4096)),
    "facebook/dinov2-small": calibration("dinov2", **{**vit_sizes(384, 12, 6, 1536), "patch_size": 14, "mlp_ratio": 4}),
    "facebook/dinov2-base": scoring("dinov2", **{**vit_sizes(768, 12, 12, 3072), "patch_size": 14, "mlp_ratio": 4}),
    "microsoft/swin-tiny-patch4-window7-224": scoring(
        "swin", image_size=224, patch_size=4, embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7, num_labels=1000
    ),
    "microsoft/beit-base-patch16-224": calibration("beit", **vit_sizes(768, 12, 12, 3072)),
}

MODELS = {**DECODERS, **ENCODERS, **VISION, **DRAWN}

# Architectures whose attention is written out in plain products only.
EAGER_TYPES = {"gptj", "gpt_neo", "bloom", "mpt", "gpt_oss", "mpnet", "deberta-v2"}


def default_attention(name: str) -> str:
    return "eager" if MODELS[name]["type"] in EAGER_TYPES else "sdpa"
