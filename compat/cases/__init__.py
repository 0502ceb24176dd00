"""What is promised, in cases that an emulator can be asked as well as a real account."""
