from ingest.feeds import Folder, example

HEAD = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
    "<title>Shop</title>"
)


def test_the_example_feed_reads_as_it_says() -> None:
    result = example("bootsladen-atom.xml")
    assert result.reading.detected.format == "google-atom"
    vest = result.offer("BL-100")
    assert (vest["title"], vest["description"]) == (
        "Schwimmweste Ufer 70 N", "Feststoffweste für Kinder.",
    )  # fmt: skip
    assert (vest["regular_minor"], vest["sale_minor"], vest["currency"]) == (5490, 4490, "EUR")
    assert vest["landing_url"] == "https://bootsladen.example/weste-ufer"
    assert (vest["availability"], vest["shipping_minor"]) == ("in_stock", 490)
    paddle = result.offer("tag:bootsladen.example,2026:BL-101")
    assert paddle["landing_url"] == "https://bootsladen.example/paddel"
    assert (paddle["description"], paddle["availability"]) == ("Aus Esche.", "out_of_stock")


def test_the_page_is_the_link_that_is_no_picture_and_not_the_feed_itself(folder: Folder) -> None:
    entry = (
        "<entry><g:id>1</g:id><title>Ding</title><g:price>5 EUR</g:price>"
        '<link rel="self" href="https://shop.example/feed/1"/>'
        '<link rel="edit" href="https://shop.example/edit/1"/>'
        '<link href="https://shop.example/ding"/></entry>'
    )
    offer = folder.read(f"{HEAD}{entry}</feed>").only
    assert offer["landing_url"] == "https://shop.example/ding"


def test_a_prefix_of_ones_own_for_atom_changes_nothing(folder: Folder) -> None:
    feed = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        "<a:entry><g:id>1</g:id><a:title>Ding</a:title><g:price>5 EUR</g:price></a:entry>"
        "<a:entry><g:id>2</g:id><a:title>Dong</a:title><g:price>6 EUR</g:price></a:entry></a:feed>"
    )
    assert folder.read(feed).offers["title"].to_list() == ["Ding", "Dong"]
