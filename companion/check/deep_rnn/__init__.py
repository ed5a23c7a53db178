"""Exercises of the chapter on deep recurrent networks: stacks, dropout, penalties, pictures."""

from companion.check.deep_rnn.fighting import DROPOUT, PENALTY, VARIATIONAL
from companion.check.deep_rnn.pictures import BACK, PICTURE
from companion.check.deep_rnn.stacks import COUNT, STACK

EXERCISES = (COUNT, STACK, DROPOUT, VARIATIONAL, PENALTY, PICTURE, BACK)
"""In the order of the chapter."""
