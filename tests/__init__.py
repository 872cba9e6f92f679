"""The tests; their folders mirror mailbot/."""
