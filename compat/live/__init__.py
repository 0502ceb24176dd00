"""The cases of the emulators, put to a real account by a person who has one."""
