#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# preload.py PAGE WEB OUT DEPFILE: writes PAGE with a <link rel="modulepreload"> for each module that its own module script
# needs, directly or not. Browsers then ask for all of them at once, where they would find them one layer of imports after
# another, a round trip each. The import map stands before the links, as browsers demand.
import json
import pathlib
import re
import sys

MODULE_SCRIPT = re.compile(r'^( *)<script type="module" src="([^"]+)"', re.MULTILINE)
IMPORT_MAP = re.compile(r'<script type="importmap"[^>]*>(.*?)</script>', re.DOTALL)
IMPORT = re.compile(r"^(?:import|export)\b[^;]*?\bfrom '([^']+)';|^import '([^']+)';", re.MULTILINE)


def resolve(specifier, importer, names):
    """The URL path that a specifier means in a module."""
    if specifier in names:
        return names[specifier]
    parts = []
    for part in (importer.rsplit('/', 1)[0] + '/' + specifier).split('/'):
        if part == '..':
            parts.pop()
        elif part != '.':
            parts.append(part)
    return '/'.join(parts)


def modules_of(entry, web, names):
    """Every module but the entry, in the order in which they are found."""
    found = [entry]
    for url in found:
        path = web / url.lstrip('/')
        if not path.is_file():
            continue  # a library: it imports nothing that is not named in the map
        for match in IMPORT.finditer(path.read_text(encoding='utf-8')):
            module = resolve(match.group(1) or match.group(2), url, names)
            if module not in found:
                found.append(module)
    return found[1:]


def main():
    page, web, out, depfile = (pathlib.Path(argument) for argument in sys.argv[1:])
    text = page.read_text(encoding='utf-8')
    names = json.loads(IMPORT_MAP.search(text).group(1))['imports']
    script = MODULE_SCRIPT.search(text)
    modules = modules_of(script.group(2), web, names)
    links = ''.join(f'{script.group(1)}<link rel="modulepreload" href="{url}" nonce="{{{{nonce}}}}" />\n' for url in modules)
    out.write_text(text[: script.start()] + links + text[script.start() :], encoding='utf-8')
    read = [web / url.lstrip('/') for url in [script.group(2), *modules]]
    depfile.write_text(f'{out}: {" ".join(str(path) for path in read if path.is_file())}\n', encoding='utf-8')


main()
