"""A training step on torch's meta device: what would be live on a GPU, without one."""
