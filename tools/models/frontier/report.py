"""The measurements as tables in Markdown."""


def tables(results, descriptions, words):
    original = results["images"]["original"]
    parts = ["# Image encoder", "", image_note(results), ""]
    head = "graph | bytes | smaller | ms | faster | MiB | cosine mean / least | overlap@10, all products"
    head += " | the same, 1,500 | fused, all | P@10 articleType | difference (p)"
    parts += rows(head, [image_row(n, r, original, descriptions.get(n, "")) for n, r in results["images"].items()])
    parts += ["", "Further figures of those measured on all products:", ""]
    whole = {n: r for n, r in results["images"].items() if "whole" in r}
    head = "graph | NDCG@10 articleType | difference (p) | P@10 baseColour | difference (p)"
    head += " | P@10 gender | difference (p) | golden cosines, least"
    parts += rows(head, [further_row(n, r) for n, r in whole.items()])
    parts += ["", "# Text encoder", ""]
    head = "graph | bytes | ms | MiB | cosine mean / least | overlap@10, 1,500"
    head += " | P@10 articleType, 1,500 | difference (p)"
    parts += rows(head, [text_row(n, r, words.get(n, "the bundled one")) for n, r in results["texts"].items()])
    for name, found in results["shorter"].items():
        parts += ["", f"# Shorter vectors of: {name}", ""]
        head = "way | bytes f32 / i8 | overlap@10 | P@10 articleType | difference (p)"
        parts += rows(head, [shorter_row(n, r) for n, r in found.items()])
    for name, found in results.get("mapped", {}).items():
        line = f"Vectors of {name}, mapped linearly into the original's space: overlap@10 {span(found['overlap10'])}."
        parts += ["", line]
    return "\n".join(parts) + "\n"


def image_note(results):
    return (
        "1,000 queries, percentile bootstrap intervals over queries, paired sign-flip tests against the original. "
        "Times: one thread, one picture, medians, graphs by turns. MiB: growth of a fresh process to its peak."
    )


def rows(head, lines):
    columns = head.split(" | ")
    return ["| " + head + " |", "|" + "---|" * len(columns), *("| " + " | ".join(line) + " |" for line in lines)]


def span(value):
    return f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"


def gap(value):
    return f"{value['against']['mean']:+.4f} ({value['against']['p']:.3f})"


def cosine(result):
    found = result.get("cosine")
    return f"{found['mean']:.5f} / {found['least']:.4f}" if found else "another space"


def image_row(name, result, original, description):
    kind = "whole" if "whole" in result else "part"
    ms, mine = result["ms"]["median_ms"], result[kind]["p10.articleType"]
    return [
        f"{name}" + (f": {description}" if description else ""),
        f"{result['bytes']:,}",
        f"{original['bytes'] / result['bytes']:.2f}",
        f"{ms:.2f}",
        f"{original['ms']['median_ms'] / ms:.2f}",
        f"{result['memory']['peak_mib']:.0f}" if "memory" in result else "",
        cosine(result),
        span(result["whole"]["overlap10"]) if "whole" in result else "",
        span(result["part"]["overlap10"]),
        span(result["whole"]["fused"]["overlap10"]) if "whole" in result else "",
        f"{mine['mean']:.4f}" + ("" if kind == "whole" else " of 1,500"),
        gap(mine),
    ]


def further_row(name, result):
    line = [name]
    for column in ("ndcg10.articleType", "p10.baseColour", "p10.gender"):
        line += [span(result["whole"][column]), gap(result["whole"][column])]
    return [*line, f"{min(result['golden_cosine']):.5f}" if "golden_cosine" in result else ""]


def text_row(name, result, description):
    return [
        f"{name}: {description}",
        f"{result['bytes']:,}",
        f"{result['ms']['median_ms']:.2f}",
        f"{result['memory']['peak_mib']:.0f}",
        cosine(result),
        span(result["part"]["overlap10"]),
        f"{result['part']['p10.articleType']['mean']:.4f}",
        gap(result["part"]["p10.articleType"]),
    ]


def shorter_row(name, result):
    return [
        name,
        f"{result['bytes_per_product_f32']} / {result['bytes_per_product_i8']}",
        span(result["overlap10"]),
        f"{result['p10.articleType']['mean']:.4f}",
        gap(result["p10.articleType"]),
    ]
