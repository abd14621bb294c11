"""Who buys from the demo's provider: names put together so that nobody has them, documents with valid check digits,
numbers of a prefix that no operator has, addresses @example.com."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Alice Amanda Ana André Antônio Beatriz Bianca Breno Bruno Caio Camila Carla César Clara Cláudia Daniel Débora Diego "
    "Eduardo Elaine Elisa Érica Fábio Felipe Fernanda Gabriel Gilberto Gustavo Heitor Helena Hugo Igor Inês Iracema Isabela "
    "Ivan Jéssica João Joana Jorge Júlia Karina Larissa Laura Leandro Letícia Luana Lucas Luiz Manuela Marcelo Márcia Mariana "
    "Mateus Miguel Mônica Natália Nelson Olívia Otávio Patrícia Paulo Pedro Rafaela Renato Rita Roberto Rosa Samuel Sandra "
    "Sérgio Sofia Tânia Teresa Tiago Valéria Vera Vicente Vitória Wagner Yara Zélia"
)
LAST = _words(
    "Auroreal Bemtevi Boaventurança Brisamar Campoclaro Canarinho Cascatinha Cheiroverde Ciranda Colibri Doceluar Estrelácea "
    "Florianita Folhaseca Garoafina Graviola Horizonteira Ipeamarelo Jabuticabal Jacarandoso Lagoazul Luadourada Luzverde "
    "Madrugal Maracujal Mareante Montealto Nascentino Neblinosa Noitestrela Ondalva Orvalhal Passaredo Pedralisa Pitangueiro "
    "Poenteira Primavereira Quaresmal Riachofundo Sabiazeiro Serenata Solnascente Tamarindeiro Ventosul Vagalumeiro Violeteiro"
)
TRADES = (
    ("Padaria", "Pão da Lua"), ("Mercadinho", "Três Estrelinhas"), ("Oficina", "Roda Dourada"), ("Clínica", "Bem-te-vi"),
    ("Escola", "Girassol Azul"), ("Farmácia", "Folha Serena"), ("Pousada", "Canto do Sabiá"), ("Academia", "Passo Leve"),
    ("Papelaria", "Lápis de Nuvem"), ("Restaurante", "Panela de Prata"), ("Hotel", "Mirante da Garoa"), ("Ótica", "Luz Clara"),
    ("Gráfica", "Tinta Fresca"), ("Floricultura", "Ipê Amarelo"), ("Transportadora", "Vento Sul"), ("Loja", "Chave Mestra"),
)  # fmt: skip
STREETS = (
    "das Acácias",
    "dos Ipês",
    "do Sabiá",
    "da Nascente",
    "das Palmeiras",
    "do Mirante",
    "da Serra",
    "do Lago",
)
DISTRICTS = (
    "Centro",
    "Jardim das Flores",
    "Vila Nova",
    "Parque do Sol",
    "Bela Vista",
    "Alto da Serra",
    "Santa Clara",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A city and what goes with it: state, area code of telephones, first digits of postal codes, the unit that serves it."""

    city: str
    state: str
    area_code: str
    postal_prefix: str
    unit_code: str


HEADQUARTERS, BRANCH = "MATRIZ", "FILIAL-SUL"
PLACES = (
    Place("Campinas", "SP", "19", "130", HEADQUARTERS),
    Place("Jundiaí", "SP", "11", "132", HEADQUARTERS),
    Place("Poços de Caldas", "MG", "35", "377", HEADQUARTERS),
    Place("Londrina", "PR", "43", "860", BRANCH),
    Place("Joinville", "SC", "47", "892", BRANCH),
)
PLACE_WEIGHTS = (38, 20, 10, 18, 14)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer to be. `document` without punctuation."""

    external_id: str
    name: str
    document: str
    is_company: bool
    email: str
    phone: str
    street: str
    street_number: str
    district: str
    postal_code: str
    place: Place
    since_on: date


class Registry:
    """Makes people one after the other; no two share a name or a document."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names: set[str] = set()
        self._documents: set[str] = set()
        self._made = 0

    def person(self, *, since_on: date, company_share: float = 0.08) -> Person:
        """The next one."""
        random = self._random
        self._made += 1
        is_company = random.random() < company_share
        name = self._unused(self._names, self._company_name if is_company else self._human_name)
        document = self._unused(self._documents, self._cnpj if is_company else self._cpf)
        place = random.choices(PLACES, PLACE_WEIGHTS)[0]
        return Person(
            external_id=f"AUR-{self._made:05d}",
            name=name,
            document=document,
            is_company=is_company,
            email=f"{_mailbox(name)}@example.com",
            phone=f"({place.area_code}) 90000-{random.randrange(10_000):04d}",
            street=f"Rua {random.choice(STREETS)}",
            street_number=str(random.randrange(1, 2000)),
            district=random.choice(DISTRICTS),
            postal_code=f"{place.postal_prefix}{random.randrange(100):02d}-{random.randrange(1000):03d}",
            place=place,
            since_on=since_on,
        )

    def day_before(self, on: date, *, years: int) -> date:
        """A day in the years before `on`."""
        return on - timedelta(days=self._random.randrange(30, 365 * years))

    def _unused(self, taken: set[str], make: Callable[[], str]) -> str:
        while (made := make()) in taken:
            pass
        taken.add(made)
        return made

    def _human_name(self) -> str:
        first, last = self._random.choice(FIRST), self._random.sample(LAST, 2)
        return " ".join([first, *last[: self._random.choice((1, 2, 2))]])

    def _company_name(self) -> str:
        trade, name = self._random.choice(TRADES)
        return f"{trade} {name} {self._random.choice(LAST)} Ltda."

    def _cpf(self) -> str:
        return cpf("".join(str(self._random.randrange(10)) for _ in range(9)))

    def _cnpj(self) -> str:
        return cnpj("".join(str(self._random.randrange(10)) for _ in range(8)) + "0001")


def cpf(first_nine: str) -> str:
    """The CPF that begins with these nine digits."""
    digits = first_nine
    for length in (10, 11):
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True))
        digits += str(0 if total % 11 < 2 else 11 - total % 11)
    return digits


def cnpj(first_twelve: str) -> str:
    """The CNPJ that begins with these twelve digits or capitals (Receita Federal: a character counts ASCII − 48)."""
    digits = first_twelve
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        total = sum((ord(digit) - 48) * weight for digit, weight in zip(digits, weights, strict=True))
        digits += str(0 if total % 11 < 2 else 11 - total % 11)
    return digits


def _mailbox(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", plain.removesuffix(" ltda.")).strip(".")
