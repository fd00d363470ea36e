"""What was passed: lists, arrays, frames and queries of engines, behind one interface."""
