"""The matchers of one process: each matching group has its own, by the policy in force."""

from routing.adapters.matcher import GuardedMatcher
from routing.adapters.policy_file import PolicyFile


class Matchers:
    """The matcher of each group, made when the pack first has it, by the policy that is in force."""

    def __init__(self, policies: PolicyFile) -> None:
        self._policies = policies
        self._of_group: dict[str, GuardedMatcher] = {}

    def of(self, group: str) -> GuardedMatcher:
        """The group's own."""
        policy = self._policies.current
        if group not in self._of_group:
            self._of_group[group] = GuardedMatcher(policy)
        self._of_group[group].adopt(policy)
        return self._of_group[group]

    def close(self) -> None:
        """Stop their processes."""
        for matcher in self._of_group.values():
            matcher.close()
