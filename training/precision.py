"""In which floats a device computes quickly."""

import torch


def mixed(device: str):
    """bfloat16 where the device multiplies it natively; processors that must emulate it are thirty times slower."""
    native = device != "cpu" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device, torch.bfloat16, enabled=native)
