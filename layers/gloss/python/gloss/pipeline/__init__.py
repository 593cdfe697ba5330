"""The way of an image from "object created" to "complete": claim, inspect, describe, embed, finish or fail.

Everything here may run twice or out of order without harm: whoever works on an image holds its lease, every
write that publishes or gives up asks for that lease, and it is one transaction with the credit.
"""
