using System.Globalization;
using System.Text;

namespace McpWorkers.Tests.Execution.Output;

/// <summary>JSON objects of all shapes: long strings, every kind of escape, deep nesting, many elements, spaces between.</summary>
internal sealed class RandomJson(int seed)
{
    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();

    /// <param name="fields">Small fields that are strewn among the others of the outermost object.</param>
    public string Object(IReadOnlyDictionary<string, string> fields)
    {
        _text.Clear();
        var names = fields.Keys.ToArray();
        int others = _random.Next(1, 8);
        var order = Enumerable.Range(0, names.Length + others).ToArray();
        _random.Shuffle(order);
        _text.Append('{');
        foreach (int i in order)
        {
            Comma(i != order[0]);
            if (i < names.Length)
            {
                _text.Append(CultureInfo.InvariantCulture, $"\"{names[i]}\":\"{fields[names[i]]}\"");
            }
            else
            {
                _text.Append(CultureInfo.InvariantCulture, $"\"other{i}\":");
                Value(_random.Next(1, 5));
            }
        }

        return _text.Append('}').ToString();
    }

    private void Value(int depth)
    {
        switch (_random.Next(depth > 0 ? 9 : 5))
        {
            case 0:
                _text.Append(_random.Next(6) switch
                {
                    0 => "true",
                    1 => "null",
                    2 => "-12.5e+3",
                    3 => "1" + new string('7', _random.Next(600)) + "e5",
                    4 => new string('1', _random.Next(245, 260)) + ".5e-10",
                    _ => "0",
                });
                break;
            case 1 or 2 or 3:
                String(depth >= 0 && _random.Next(4) == 0 ? _random.Next(20_000) : _random.Next(20));
                break;
            case 4:
                Deep(_random.Next(depth >= 0 ? 400 : 5));
                break;
            case 5 or 6:
                Many('[', ']', _random.Next(8) == 0 ? 3000 : _random.Next(6), depth, named: false);
                break;
            default:
                Many('{', '}', _random.Next(8) == 0 ? 3000 : _random.Next(6), depth, named: true);
                break;
        }
    }

    private void Many(char open, char close, int count, int depth, bool named)
    {
        _text.Append(open);
        for (int i = 0; i < count; i++)
        {
            Comma(i > 0);
            if (named)
            {
                String(_random.Next(5) == 0 ? 100 : 3);
                _text.Append(_random.Next(3) == 0 ? " : " : ":");
            }

            Value(count > 100 ? -1 : depth - 1);
        }

        _text.Append(close);
    }

    private void Deep(int levels) => _text.Append('[', levels).Append('1').Append(']', levels);

    private void Comma(bool needed)
    {
        if (needed)
        {
            _text.Append(_random.Next(4) == 0 ? " ,\t " : ",");
        }
    }

    private void String(int length)
    {
        _text.Append('"');
        for (int i = 0; i < length; i++)
        {
            _text.Append(_random.Next(12) switch
            {
                0 => "\\n",
                1 => "\\\"",
                2 => "\\\\",
                3 => "\\u00e4",
                4 => "\\ud83d\\ude00",
                5 => "ä",
                6 => "€",
                7 => "😀",
                8 => "{[,:]}",
                9 => "\\uD800\\u0041", // half a pair: broken, and JSON all the same
                _ => "x",
            });
        }

        _text.Append('"');
    }
}
