using System.Globalization;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Redirections, here-documents, and texts with the escapes of <c>$'…'</c>.</summary>
internal sealed partial class ShellParser
{
    private bool TryRedirection(List<ShellFile> files, List<string> inputs)
    {
        int start = _at;
        while (char.IsAsciiDigit(Next()))
        {
            Pass();
        }

        if (Next() == '&' && AfterNext() == '>' && _at == start)
        {
            Pass();
        }

        if (Next() is not ('<' or '>') || (AfterNext() == '(' && _at == start))
        {
            _at = start;
            return false;
        }

        bool writes = Next() == '>';
        Pass();
        if (!writes && Next() == '<')
        {
            Pass();
            BeginHereText(inputs);
            return true;
        }

        bool descriptor = Next() == '&';
        if (!writes && Next() == '>')
        {
            Pass();
            writes = true;
        }
        else if (descriptor || (writes && Next() is '>' or '|' or '!'))
        {
            Pass();
        }

        SkipToWord();
        var target = Word();
        if (descriptor && target is { IsWhole: true, Text.Length: > 0 } && target.Text.TrimEnd('-').All(char.IsAsciiDigit))
        {
            return true;
        }

        if (target is { IsWhole: true, Text: "" })
        {
            _line.Doubts("a redirection to nowhere");
        }

        files.Add(new(target, writes));
        return true;
    }

    /// <summary>After <c>&lt;&lt;</c>.</summary>
    private void BeginHereText(List<string> inputs)
    {
        if (Next() == '<')
        {
            Pass();
            SkipToWord();
            var word = Word();
            inputs.Add(word.Text);
            if (!word.IsWhole)
            {
                inputs.Add("$unknown");
            }

            return;
        }

        bool tabs = Next() == '-';
        _at = tabs ? Joined(_at + 1) : _at;
        SkipToWord();
        int start = _at;
        var end = Word();
        if (!end.IsWhole || end.Text.Length == 0 || !end.Text.All(IsName) || _text.AsSpan(start, _at - start).Contains('$'))
        {
            _line.Doubts("a here-document with an unusual end");
        }

        _hereTexts.Add(new(end.Text, tabs, Expands: end.Plain, _nesting, inputs));
    }

    private void ReadHereTexts()
    {
        foreach (var here in _hereTexts.ToArray())
        {
            _hereTexts.Remove(here);
            if (here.Nesting != _nesting)
            {
                _line.Doubts("a here-document that begins within a bracket and ends outside");
            }

            int start = _at;
            int end = EndOf(here);
            string body = _text[start..end];
            here.Inputs.Add(body);
            if (here.Expands && body.AsSpan().IndexOfAny('$', '`', '\\') >= 0)
            {
                // Substitutions are run; the text itself is none.
                new ShellParser(body, _line, _depth + 1).Quoted(null, new());
            }
        }

        AddAwaiting();
    }

    private void AddAwaiting()
    {
        var commands = _awaitingText.ToArray();
        _awaitingText.Clear();
        foreach (var command in commands)
        {
            ShellUnwrapping.Add(_line, command, _depth);
        }
    }

    /// <summary>Where its text ends; what stands there is passed.</summary>
    private int EndOf(HereText here)
    {
        int first = _at;
        string above = "";
        while (!AtEnd)
        {
            int lineEnd = _text.IndexOf('\n', _at);
            string line = _text[_at..(lineEnd < 0 ? _text.Length : lineEnd)];
            bool ends = here.IsEnd(line) || here.IsEnd(above + line);
            if (ends && above.Length > 0)
            {
                _line.Doubts("a here-document whose end not every shell finds in the same place");
            }

            int start = above.Length > 0 ? first : _at;
            _at = lineEnd < 0 ? _text.Length : lineEnd + 1;
            if (ends)
            {
                return start;
            }

            // bash joins such a line with the next one before it looks for the end, dash does not. What is too long already need not grow.
            bool joined = here.Expands && (line.Length - line.TrimEnd('\\').Length) % 2 == 1;
            above = joined ? here.Trimmed(above + line[..^1]) : "";
            above = above.Length > here.End.Length ? above[..(here.End.Length + 1)] : above;
            first = joined ? start : _at;
        }

        _line.Doubts("a here-document that does not end");
        return _text.Length;
    }

    private void EndHereTexts()
    {
        if (_hereTexts.Count > 0)
        {
            _line.Doubts("a here-document that does not begin");
        }

        AddAwaiting();
    }

    private void SkipToWord()
    {
        while ((_at = Joined(_at)) < _text.Length && Next() is ' ' or '\t')
        {
            _at++;
        }
    }

    /// <summary>After <c>$'</c>.</summary>
    private void EscapedText(WordParts word)
    {
        while (!AtEnd)
        {
            char c = _text[_at++];
            if (c == '\'')
            {
                return;
            }

            if (c != '\\' || AtEnd)
            {
                word.Add(c);
                continue;
            }

            c = _text[_at++];
            word.Add(c switch
            {
                'n' => "\n", 't' => "\t", 'r' => "\r", 'a' => "\a", 'b' => "\b", 'e' or 'E' => "\e", 'f' => "\f", 'v' => "\v",
                'x' => Code(16, 2), 'u' => Code(16, 4), 'U' => Code(16, 8),
                >= '0' and <= '7' => Octal(),
                '\\' or '\'' or '"' or '?' => c.ToString(),
                _ => Strange(c),
            });
        }

        _line.Doubts("a quote that nothing closes");
    }

    private string Octal()
    {
        _at--;
        return Code(8, 3);
    }

    private string Strange(char c)
    {
        _line.Doubts("an unusual escape");
        return c.ToString();
    }

    private string Code(int radix, int digitsMax)
    {
        int start = _at;
        while (_at - start < digitsMax && (radix == 16 ? char.IsAsciiHexDigit(Next()) : Next() is >= '0' and <= '7'))
        {
            _at++;
        }

        string digits = _text[start.._at];
        int code = digits.Length == 0 ? -1
            : radix == 8 ? Convert.ToInt32(digits, 8) & 0xFF
            : int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int hex) ? hex : -1;
        if (code is > 0 and < 128)
        {
            return ((char)code).ToString();
        }

        // Bytes of UTF-8, nothing, or the end of the text: which of them depends on the shell.
        _line.Doubts("an unusual escape");
        return "\uFFFD";
    }

    /// <param name="Expands">Substitutions in it are run.</param>
    private sealed record HereText(string End, bool Tabs, bool Expands, int Nesting, List<string> Inputs)
    {
        public string Trimmed(string line) => Tabs ? line.TrimStart('\t') : line;

        public bool IsEnd(string line) => Trimmed(line) == End;
    }
}
