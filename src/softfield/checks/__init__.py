"""What arguments must be, so that nonsense is refused in words where it comes in."""
