"""Names of things the plan need not name: kinds of facilities, docks, kiosks, 5G sites, booths."""

from __future__ import annotations

from maps.venue import FacilityKind, Names

FACILITY_NAMES: dict[FacilityKind, Names] = {
    "toilet": {"zh": "卫生间", "en": "Toilets", "ko": "화장실"},
    "accessible_toilet": {"zh": "无障碍卫生间", "en": "Accessible toilet", "ko": "장애인 화장실"},
    "nursing_room": {"zh": "母婴室", "en": "Nursing room", "ko": "수유실"},
    "food": {"zh": "餐饮点", "en": "Food and drinks", "ko": "식당"},
    "water": {"zh": "饮水处", "en": "Drinking water", "ko": "식수대"},
    "exit": {"zh": "出口", "en": "Exit", "ko": "출구"},
    "entrance": {"zh": "入口", "en": "Entrance", "ko": "입구"},
    "elevator": {"zh": "电梯", "en": "Elevator", "ko": "엘리베이터"},
    "escalator": {"zh": "自动扶梯", "en": "Escalator", "ko": "에스컬레이터"},
    "information_desk": {"zh": "咨询台", "en": "Information desk", "ko": "안내 데스크"},
    "first_aid": {"zh": "医疗点", "en": "First aid", "ko": "응급 의료소"},
    "cloakroom": {"zh": "衣帽寄存处", "en": "Cloakroom", "ko": "물품 보관소"},
    "charging": {"zh": "手机充电站", "en": "Phone charging", "ko": "휴대폰 충전소"},
    "wifi": {"zh": "无线网络服务点", "en": "Wi-Fi point", "ko": "와이파이"},
    "atm": {"zh": "自动取款机", "en": "Cash machine", "ko": "현금 인출기"},
    "ticket_office": {"zh": "票务中心", "en": "Ticket office", "ko": "매표소"},
    "parking": {"zh": "停车场", "en": "Parking", "ko": "주차장"},
    "metro": {"zh": "地铁站", "en": "Metro station", "ko": "지하철역"},
    "taxi": {"zh": "出租车上客点", "en": "Taxi stand", "ko": "택시 승강장"},
    "souvenir_shop": {"zh": "纪念品商店", "en": "Souvenir shop", "ko": "기념품점"},
    "smoking_area": {"zh": "吸烟区", "en": "Smoking area", "ko": "흡연 구역"},
    "prayer_room": {"zh": "祈祷室", "en": "Prayer room", "ko": "기도실"},
    "lost_and_found": {"zh": "失物招领处", "en": "Lost and found", "ko": "분실물 센터"},
    "security": {"zh": "安保服务点", "en": "Security", "ko": "보안 데스크"},
}
FACILITY_WORDS: dict[FacilityKind, Names] = {
    "toilet": {"zh": "厕所 洗手间", "en": "restroom bathroom washroom lavatory WC"},
    "food": {"zh": "吃饭 餐厅 美食 咖啡", "en": "restaurant cafe canteen coffee"},
    "water": {"zh": "喝水 开水", "en": "water"},
    "information_desk": {"zh": "服务台 问讯处", "en": "help desk, enquiries"},
    "first_aid": {"zh": "医务室 急救", "en": "doctor medical clinic"},
    "atm": {"zh": "取款 ATM", "en": "ATM"},
    "nursing_room": {"zh": "哺乳室", "en": "baby room"},
    "elevator": {"zh": "升降梯", "en": "lift"},
    "charging": {"zh": "充电", "en": "charger"},
    "metro": {"zh": "地铁", "en": "subway"},
    "ticket_office": {"zh": "售票处 买票", "en": "tickets"},
}
"""Other words people search these kinds by, separated by spaces."""
_KIOSK: Names = {"zh": "导览终端", "en": "Information kiosk", "ko": "안내 키오스크"}
_DOCK: Names = {"zh": "充电桩", "en": "Charging dock", "ko": "충전 도크"}
_SITE: Names = {"zh": "5G基站", "en": "5G site", "ko": "5G 기지국"}
_BOOTH: Names = {"zh": "展位", "en": "Booth", "ko": "부스"}


def facility_names(kind: FacilityKind, hall: Names | None) -> Names:
    """`文化服务专题展卫生间`, `Toilets, Culture services`; without a hall the kind alone."""
    return _inside(FACILITY_NAMES[kind], hall)


def kiosk_names(number: int, hall: Names | None) -> Names:
    """Names of the kiosk with this number."""
    return _inside({key: f"{value} {number}" for key, value in _KIOSK.items()}, hall)


def dock_names(number: int) -> Names:
    """Names of the dock with this number."""
    return {key: f"{value} {number}" for key, value in _DOCK.items()}


def site_names(number: int, hall: Names | None) -> Names:
    """Names of the 5G site with this number."""
    return _inside({key: f"{value} {number}" for key, value in _SITE.items()}, hall)


def booth_names(number: str, hall: Names) -> Names:
    """Names of a booth nobody has rented."""
    return _inside(
        {key: f"{number}{value}" if key == "zh" else f"{value} {number}" for key, value in _BOOTH.items()}, hall
    )


def _inside(names: Names, hall: Names | None) -> Names:
    if hall is None:
        return dict(names)
    shown = {"zh": f"{hall['zh']}{names['zh']}", "en": f"{names['en']}, {hall['en']}"}
    if "ko" in names and "ko" in hall:
        shown["ko"] = f"{hall['ko']} {names['ko']}"
    return shown
