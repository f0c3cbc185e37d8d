#!/usr/bin/env python3
"""Holds what was served against the contract: contract.py API-SPEC-FOLDER EXCHANGES [ROUTES]

Every recorded answer must fit the schema of its route and status in openapi.yaml (feed messages: asyncapi.yaml), every route must
stand there, and the other way round.
"""
import json, pathlib, sys

import jsonschema, yaml

NAMES = {'get', 'post', 'put', 'delete', 'patch'}


def fail(text):
    print(f'contract: {text}')
    fail.count += 1


fail.count = 0


def validator(schema, root, store):
    if id(schema) not in validator.made:  # the documents live as long as the program
        resolver = jsonschema.RefResolver(base_uri=root, referrer=store[root], store=store)
        validator.made[id(schema)] = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return validator.made[id(schema)]


validator.made = {}


def follow(node, document):
    while '$ref' in node:
        target = document
        for part in node['$ref'].removeprefix('#/').split('/'):
            target = target[part]
        node = target
    return node


def check_answer(line, openapi, store, seen):
    operation = openapi['paths'].get(line['route'], {}).get(line['method'].lower())
    where = f"{line['method']} {line['route']} {line['status']}"
    if operation is None:
        return fail(f'{where}: not in openapi.yaml')
    known = operation['responses']
    if str(line['status']) not in known and line['status'] < 400:
        return fail(f'{where}: no such answer in openapi.yaml')
    answer = follow(known.get(str(line['status']), known['default']), openapi)
    media = line['type'].split(';')[0]
    if media not in answer['content']:
        return fail(f'{where}: {media} is not in openapi.yaml')
    seen.add((line['method'], line['route'], line['status'] < 400))
    if media == 'text/plain':
        return None
    for error in validator(answer['content'][media]['schema'], 'openapi.yaml', store).iter_errors(json.loads(line['body'])):
        fail(f"{where}: {error.json_path}: {error.message}\n    {line['body'][:400]}")
    return None


def check_feed(line, asyncapi, store):
    schemas = [message['payload'] for name, message in asyncapi['components']['messages'].items() if name != 'envelope']
    body = json.loads(line['body'])
    if sum(validator(schema, 'asyncapi.yaml', store).is_valid(body) for schema in schemas) != 1:
        fail(f"feed: fits not exactly one message of asyncapi.yaml: {line['body'][:400]}")


def check_routes(served, openapi):
    written = {(name.upper(), path) for path, item in openapi['paths'].items() for name in item if name in NAMES}
    for method, path in sorted(served - written):
        fail(f'{method} {path} is served, and not in openapi.yaml')
    for method, path in sorted(written - served):
        fail(f'{method} {path} is in openapi.yaml, and not served')


def main():
    folder = pathlib.Path(sys.argv[1])
    openapi = yaml.safe_load((folder / 'openapi.yaml').read_text())
    asyncapi = yaml.safe_load((folder / 'asyncapi.yaml').read_text())
    store = {'openapi.yaml': openapi, 'asyncapi.yaml': asyncapi, './openapi.yaml': openapi}
    for schema in openapi['components']['schemas'].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    lines = [json.loads(line) for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
    seen = set()
    for line in lines:
        if line['method'] == 'FEED':
            check_feed(line, asyncapi, store)
        else:
            check_answer(line, openapi, store, seen)
    if len(sys.argv) > 3:
        served = {tuple(line.split(' ', 1)) for line in pathlib.Path(sys.argv[3]).read_text().splitlines()}
        check_routes(served, openapi)
        for method, path in sorted(served):
            if path not in ('/api/v1/feed',) and (method, path, True) not in seen:
                fail(f'{method} {path}: no test has got a good answer')
    if not lines:
        fail('nothing was recorded')
    print(f'contract: {len(lines)} exchanges, {fail.count} faults')
    return 1 if fail.count else 0


sys.exit(main())
