"""The errors of handle-time logs.

OptimizerError
└── LogInvalid    a log that cannot be read at all, or that holds too little to learn from
"""

from optimizer.errors import OptimizerError


class LogInvalid(OptimizerError):
    """The log cannot be used; the message names the file, what was found and what is needed."""
