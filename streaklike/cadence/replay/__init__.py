"""The past under another policy (R51): requests, the evaluation of each day, outcomes."""
