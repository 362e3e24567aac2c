"""`sparfuchs categories` and `sparfuchs evaluate categories`, as a person calls them."""

from pathlib import Path

from entrypoints.conftest import Program

ROW = {"price": "20.00 EUR", "title": "Xqvw", "product_type": "Wqx > Zzk"}


def test_a_path_is_mapped_listed_and_unmapped(program: Program) -> None:
    program.ingest({"a": ROW, "b": ROW})
    told = program.json("categories", "map", "laden/feed", "Wqx > Zzk", "Tierbedarf")
    assert (told["category"], told["moved"]) == (1, 2)
    (listed,) = program.json("categories", "list", "laden/feed")["paths"]
    assert (listed["path"], listed["offers"], listed["mapped"]) == ("Wqx > Zzk", 2, 1)
    assert listed["category"]["how"] == "hand"
    assert "Tierbedarf" in program.run("categories", "list", "laden/feed").stdout
    (found,) = program.json("search", "--filter", "category=Tierbedarf", "--limit", "1")["items"]
    assert found["category"] == "Tierbedarf"
    assert program.json("categories", "unmap", "laden/feed", "Wqx > Zzk")["moved"] == 2
    program.run("categories", "unmap", "laden/feed", "Wqx > Zzk", told=2)
    assert program.json("categories", "renew")["moved"] == 0


def test_a_category_that_does_not_exist_is_refused(program: Program) -> None:
    program.ingest({"a": ROW})
    program.run("categories", "map", "laden/feed", "Wqx > Zzk", "Gibt es nicht", told=2)


def test_the_tree_can_be_searched_by_word(program: Program) -> None:
    found = program.json("categories", "tree", "kopfhörer")["categories"]
    assert [one["id"] for one in found] == [505771]


def test_a_folder_of_laid_categories_is_judged_with_and_without_a_crosswalk(
    program: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "laid" / "t"
    folder.mkdir(parents=True)
    for shop in ("eins", "zwei"):
        (folder / f"{shop}-categories.json").write_text(
            '[{"id": "a", "description": "Herrenschuhe", "code": "s"},'
            '{"id": "b", "description": "Spielwaren", "code": "t"}]'
        )
    walk = tmp_path / "walk.csv"
    walk.write_text("tree,label,code\nt,s,187\nt,t,1239\n")
    told = program.json("evaluate", "categories", str(folder.parent), "--crosswalk", str(walk))
    assert [one["top1"] for one in told["shops"]] == [1.0, 1.0]
    assert [one["top1"] for one in told["shipped"]] == [1.0, 1.0]
    assert [one["unknown"] for one in told["shipped"]] == [0.0, 0.0]
    alone = program.json("evaluate", "categories", str(folder.parent))
    assert alone["shipped"] == []
    program.run("evaluate", "categories", str(tmp_path / "nowhere"), told=2)
