"""Search engines that sit behind the port."""
