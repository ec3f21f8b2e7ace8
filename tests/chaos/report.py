"""What a campaign says of itself, on a terminal and as JSON."""

import statistics
from collections import Counter, defaultdict
from typing import Any

from tests.chaos.anomalies import MEANINGS
from tests.chaos.campaign import Result


def as_text(results: list[Result]) -> str:
    """Faults with the times to recover, what people did and met, redeliveries, anomalies."""
    anomalies = [anomaly for result in results for anomaly in result.anomalies]
    lines = [
        f"Seeds {', '.join(str(result.seed) for result in results)}; "
        f"{sum(result.seconds for result in results) / 60:.1f} minutes",
        "",
    ]
    lines += _faults(results)
    outcomes = Counter((deed.kind, deed.outcome) for result in results for deed in result.history)
    lines += ["", "What people did"] + [
        f"  {count:5} {kind}, {outcome}" for (kind, outcome), count in sorted(outcomes.items())
    ]
    whys = Counter(
        deed.why.split(' "', 1)[0][:150]
        for result in results
        for deed in result.history
        if deed.outcome == "refused"
    )
    lines += (
        ["", "Refused, for"] + [f"  {count:5} {why}" for why, count in whys.most_common(12)]
        if whys
        else []
    )
    lines += ["", "What was seen meanwhile"] + [
        f"  {count:5} {what}" for what, count in _sums(results).items()
    ]
    lines += ["", f"Anomalies: {len(anomalies)}"]
    lines += [
        f"  {kind}: {count} ({MEANINGS[kind]})"
        for kind, count in Counter(each.kind for each in anomalies).items()
    ]
    return "\n".join([*lines, *(f"    {anomaly}" for anomaly in anomalies[:200])])


def as_data(results: list[Result]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "seeds": [result.seed for result in results],
        "faults": [
            {
                "fault": str(each.fault),
                "recovered": round(each.recovered, 2),
                "together": each.together,
            }
            for result in results
            for each in result.injected
        ],
        "deeds": Counter(
            f"{deed.kind}, {deed.outcome}" for result in results for deed in result.history
        ),
        "seen": _sums(results),
        "anomalies": [str(anomaly) for result in results for anomaly in result.anomalies],
    }


def _faults(results: list[Result]) -> list[str]:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for result in results:
        for each in result.injected:
            length = (
                " past the group's session"
                if each.fault.seconds > 6 and each.fault.how == "freeze"
                else ""
            )
            by_kind[f"{each.fault.how} {each.fault.target}{length}"].append(each.recovered)
    lines = [
        f"Faults: {sum(map(len, by_kind.values()))}; seconds from a fault's end until all recorded by then was handled",
        f"  {'':44}{'times':>6}{'median':>8}{'worst':>8}",
    ]
    return lines + [
        f"  {name:44}{len(times):6}{statistics.median(times):8.1f}{max(times):8.1f}"
        for name, times in sorted(by_kind.items())
    ]


def _sums(results: list[Result]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for result in results:
        sums.update(result.looks)
        sums["records on the topics"] += result.carried.records
        sums["of those, copies of another"] += result.carried.copies
        sums["records that a listener had handled before"] += result.records.get("skipped", 0)
        sums["records that waited for an earlier one"] += result.records.get("held", 0)
    return dict(sums)
