"""A world of a few entries, in which each sort of mistake is easy to make."""

from pathlib import Path

FILES = {
    "continents.yaml": """\
continents:
  - {continentId: sangre, name: Sangre, description: Red country.}
""",
    "regions.yaml": """\
regions:
  - regionId: town
    name: Town
    continentId: sangre
    category: territory
    dangerRange: {min: 1, max: 3}
""",
    "zones.yaml": """\
zones:
  - zoneId: settled
    name: Settled
    regionId: town
    levelRange: {min: 1, max: 10}
    dangerRange: {min: 1, max: 3}
    theme: law
""",
    "locations.yaml": """\
x-place: &place {regionId: town, zoneId: settled, operatingHours: {open: 0, close: 0}}

locations:
  - locationId: red-gulch
    <<: *place
    name: Red Gulch
    type: settlement
    connections: [{targetId: the-frontera, energyCost: 10}]
  - locationId: the-frontera
    <<: *place
    name: The Frontera
    type: settlement
    connections: [{targetId: kaiowa-mesa, energyCost: 15}]
  - locationId: kaiowa-mesa
    <<: *place
    name: Kaiowa Mesa
    type: mesa
  - locationId: saloon
    <<: *place
    parentId: red-gulch
    name: Saloon
    type: saloon
    jobs: [sweep]
""",
    "items.yaml": """\
x-thing: &thing {type: misc, rarity: common, weight: 1, tags: [curios], description: A thing.}

items:
  - {itemId: ore, <<: *thing, name: Ore, value: 10}
  - {itemId: bar, <<: *thing, name: Bar, value: 20}
  - itemId: badge
    <<: *thing
    name: Badge
    value: 50
    inShop: false
""",
    "recipes.yaml": """\
recipes:
  - _id: smelt
    name: Smelt
    skillRequired: blacksmithing
    levelRequired: 1
    category: smelting
    xp: 5
    difficulty: 2
    time: 10
    materials: [{itemId: ore, quantity: 2}]
    output: {itemId: bar, quantity: 1}
""",
    "actions.yaml": """\
actions:
  - _id: sweep
    name: Sweep
    type: job
    energyCost: 5
    difficulty: 10
    suit: clubs
    gameType: hand
    tier: 1
""",
    "achievements.yaml": """\
achievements:
  - _id: first
    name: First
    category: combat
    tier: bronze
    counter: combat_won
    target: 1
    rewards: {gold: 5, xp: 5, items: [badge]}
""",
    "npcs.yaml": """\
npcs:
  - _id: molly
    name: Molly
    type: bartender
    kind: social
    locationId: saloon
    schedule:
      - {hour: 0, endHour: 8, activity: sleeping}
      - {hour: 8, endHour: 0, activity: working}
    relations: [{npcId: tom, type: friend, strength: 5, sentiment: 5, public: true}]
  - _id: tom
    name: Tom
    type: lawman
    kind: social
    relations: [{npcId: molly, type: friend, strength: 5, sentiment: 5, public: true}]
""",
    "quests.yaml": """\
quests:
  - _id: hello
    name: Hello
    level: 1
    questType: side
    giverNpcId: molly
    objectives:
      - {type: talk, target: "npc:molly", count: 1}
    rewards: {xp: 5, gold: 5, items: [bar], reputation: {}}
    prerequisites: []
  - _id: again
    name: Again
    level: 1
    questType: side
    objectives:
      - {type: dollars, target: any, count: 5}
    rewards: {xp: 5, gold: 5, items: [], reputation: {}}
    prerequisites: [hello]
""",
    "shops.yaml": """\
shops:
  - shopId: counter
    name: The Counter
    locationId: saloon
    keeperNpcId: molly
    itemIds: [ore, bar]
    markup: 100
    buyBack: 50
    buys: [curios]
""",
    "merchants.yaml": """\
merchants:
  - merchantId: tom
    name: Tom
    goods: odds and ends
    markup: 100
    tradeHours: {open: 8, close: 18}
    discounts: [{trust: 2, percent: 10}]
    route:
      - {locationId: red-gulch, fromDay: 1, fromHour: 8, untilDay: 2, untilHour: 8}
      - {locationId: saloon, fromDay: 6, fromHour: 8, untilDay: 1, untilHour: 8}
""",
    "merchant_stock.yaml": """\
merchant_stock:
  - {merchantId: tom, itemId: ore, initialQuantity: 7}
""",
}


def write_world(directory: Path, **replacements: tuple[str, str]) -> Path:
    """The small world under ``directory``, with (old, new) replaced in the kinds that are named."""
    directory.mkdir(exist_ok=True)
    for name, text in FILES.items():
        old, new = replacements.pop(name.removesuffix(".yaml"), ("", ""))
        assert old in text
        (directory / name).write_text(text.replace(old, new, 1) if old else text)
    assert not replacements
    return directory
