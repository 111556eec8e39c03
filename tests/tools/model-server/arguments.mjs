// Arguments that fit a tool's JSON schema: what we want to say where a property is for it, something valid where one is required.
const typeOf = schema => String(Array.isArray(schema?.type) ? schema.type[0] : schema?.type ?? 'string').toLowerCase();

function anyValue(schema) {
  if (schema?.enum) return schema.enum[0];
  switch (typeOf(schema)) {
    case 'boolean': return false;
    case 'number': case 'integer': return 1;
    case 'array': return [];
    case 'object': return textArguments(schema);
    default: return 'ping';
  }
}

export function textArguments(schema, wanted = {}) {
  const result = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    if (/^(command|cmd)$/.test(name) && wanted.command !== undefined) {
      result[name] = typeOf(property) === 'array' ? ['bash', '-lc', wanted.command] : wanted.command;
    } else if (/^(file_?path|path|filePath|absolute_path)$/.test(name) && wanted.path) {
      result[name] = wanted.path;
    } else if (/^(content|file_text|text|contents)$/.test(name) && wanted.content !== undefined) {
      result[name] = wanted.content;
    } else if (name === 'description') {
      result[name] = 'a tool call of the tests';
    } else if (schema.required?.includes(name)) {
      result[name] = anyValue(property);
    }
  }
  return result;
}
