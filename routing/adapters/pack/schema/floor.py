"""floor.toml: the markets, the roster, and the rules between them."""

from pydantic import Field

from routing.adapters.pack.schema.experiment import ExperimentTable
from routing.adapters.pack.schema.limits import ConflictTable, HardCasesTable, QuotaTable
from routing.adapters.pack.schema.markets import MarketTable, OverflowTable, RetentionTable
from routing.adapters.pack.schema.roster import AgentTable, CopTable
from routing.adapters.pack.schema.table import Table


class FloorFile(Table):
    """floor.toml: the markets and the roster."""

    market: list[MarketTable] = Field(min_length=1, description="one or more tables [[market]]")
    cop: list[CopTable] = Field(min_length=1, description="one or more tables [[cop]]")
    overflow: OverflowTable | None = Field(
        default=None, description="a table [overflow]: what widens the search while a customer waits"
    )
    retention: RetentionTable | None = Field(
        default=None, description="a table [retention]: how long things are kept after a conversation ended"
    )
    quota: list[QuotaTable] = Field(default=[], description="tables [[quota]]: what teams hold at once")
    hard_cases: HardCasesTable | None = Field(
        default=None, description="a table [hard_cases]: how much of a COp's work may be hard"
    )
    agent: list[AgentTable] = Field(default=[], description="tables [[agent]]: software that works as COps do")
    conflict: list[ConflictTable] = Field(default=[], description="tables [[conflict]]: whom a COp must not serve")
    experiment: ExperimentTable | None = Field(
        default=None, description="a table [experiment]: two policies that take turns, to be compared"
    )
