"""`python3 dev.py bench …`"""

import argparse
import sys

from bench import billing


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    commands = parser.add_subparsers(required=True)
    billing.register(commands)
    args = parser.parse_args()
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
