"""Files in and out: kap-problem/1 and kap-plan/1, strictly validated."""
