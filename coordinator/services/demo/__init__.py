"""The demo clinic: people and programs that are all made up, loaded by the same doors that a real clinic uses.

`people` and `programs` are the cast, `furnish` writes the clinic, `load` plans, publishes and keeps the programs.
"""
