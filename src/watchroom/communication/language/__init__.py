"""What an update's words give away, promise or leave out, before they leave: pure checks, by patterns and lists."""
