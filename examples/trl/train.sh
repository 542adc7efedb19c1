#!/bin/bash
# Starts the SFT run on one node of 8 GPUs, sharded with FSDP instead of ZeRO:
#   bash train.sh
set -euo pipefail

LEARNING_RATE=1e-5

accelerate launch \
    --config_file accelerate-8gpu.yaml \
    --num_processes 8 \
    sft.py \
    --model_name_or_path Qwen/Qwen2.5-7B \
    --dataset_name HuggingFaceTB/smoltalk \
    --dtype bfloat16 \
    --attn_implementation flash_attention_2 \
    --max_length 8192 \
    --packing True \
    --per_device_train_batch_size 2 \
    --gradient_accumulation_steps 8 \
    --learning_rate "$LEARNING_RATE" \
    --lr_scheduler_type cosine \
    --num_train_epochs 1 \
    --warmup_ratio 0.03 \
    --bf16 True \
    --output_dir out/qwen2.5-7b-sft
