namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Whether a script of sed surely does no more than change text: its <c>e</c> runs commands, its <c>w</c>, <c>W</c> and <c>r</c> name files.</summary>
internal sealed class SedScript
{
    private const string WithoutText = "pPdDgGhHxnNlzF=qQ";

    private readonly string _text;
    private int _at;

    private SedScript(string text) => _text = text;

    /// <param name="arguments">All behind the name. What is no option of GNU's or BSD's sed that is known here makes it no plain one.</param>
    public static bool IsPlain(IReadOnlyList<ShellWord> arguments)
    {
        List<string> scripts = [];
        List<string> others = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            string word = arguments[i].Text;
            if (word == "--")
            {
                others.AddRange(arguments.Skip(i + 1).Select(a => a.Text));
                break;
            }

            if (word is not ['-', _, ..])
            {
                others.Add(word);
            }
            else if (ScriptOf(word) is not { } script)
            {
                return false;
            }
            else if (script.IsNext)
            {
                // sed -e SCRIPT
                scripts.Add(++i < arguments.Count ? arguments[i].Text : "e");
            }
            else if (script.Text is { } inline)
            {
                scripts.Add(inline);
            }
            else if (word.EndsWith('i') && i + 1 < arguments.Count && arguments[i + 1] is { IsWhole: true, Text: "" })
            {
                // sed -i '' of BSD
                i++;
            }
        }

        scripts = scripts.Count > 0 ? scripts : [.. others.Take(1)];
        return arguments.All(a => a.IsWhole || !scripts.Contains(a.Text)) && new SedScript(string.Join('\n', scripts)).IsPlain();
    }

    /// <summary>What an option says of the script; null: it is not known, or reads the script from a file.</summary>
    private static (string? Text, bool IsNext)? ScriptOf(string option)
    {
        if (option.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            return "--expression".StartsWith(name, StringComparison.Ordinal) ? equals < 0 ? (null, true) : (option[(equals + 1)..], false)
                : name is "--quiet" or "--silent" or "--in-place" or "--regexp-extended" or "--null-data" or "--separate" or "--posix" or "--sandbox" or "--debug"
                    or "--version" or "--help" ? (null, false)
                : null;
        }

        for (int i = 1; i < option.Length; i++)
        {
            switch (option[i])
            {
                case 'n' or 'E' or 'r' or 's' or 'u' or 'z':
                    break;
                case 'i':
                    return (null, false);
                case 'e':
                    return i + 1 == option.Length ? (null, true) : (option[(i + 1)..], false);
                default:
                    return null;
            }
        }

        return (null, false);
    }

    private char Next => _at < _text.Length ? _text[_at] : '\0';

    private bool IsPlain()
    {
        while (true)
        {
            Skip(" \t\n;{}");
            if (_at >= _text.Length)
            {
                return true;
            }

            if (!Address() || !Command())
            {
                return false;
            }
        }
    }

    private bool Address()
    {
        while (true)
        {
            if (Next is '/')
            {
                _at++;
                if (!Part('/', pattern: true))
                {
                    return false;
                }

                Skip("IM");
            }
            else
            {
                Skip("0123456789$~+");
            }

            Skip(" \t");
            if (Next is not (',' or '!'))
            {
                return true;
            }

            Skip(",! \t");
        }
    }

    private bool Command()
    {
        char c = Next;
        _at++;
        switch (c)
        {
            case '{':
                return true;
            case 's' or 'y':
                char mark = Next;
                _at++;
                if (char.IsAsciiLetterOrDigit(mark) || mark is '\\' or '\n' or '\0' or '[' || !Part(mark, pattern: c == 's') || !Part(mark, pattern: false))
                {
                    return false;
                }

                Skip(c == 's' ? "gpiIMm0123456789" : "");
                return Ends();
            case 'a' or 'i' or 'c':
                // Its text goes to the end of the line, or further.
                bool last = _text.IndexOf('\n', _at) < 0;
                _at = _text.Length;
                return last;
            case 'b' or 't' or 'T' or ':':
                Skip(" ");
                while (char.IsAsciiLetterOrDigit(Next) || Next == '_')
                {
                    _at++;
                }

                return Ends();
            default:
                Skip(c is 'q' or 'Q' or 'l' ? " 0123456789" : "");
                return WithoutText.Contains(c, StringComparison.Ordinal) && Ends();
        }
    }

    /// <summary>Up to the mark that closes it.</summary>
    /// <param name="pattern">A mark within brackets does not close it. What else stands in brackets than plain letters and classes is not sure.</param>
    private bool Part(char mark, bool pattern)
    {
        bool bracket = false;
        while (_at < _text.Length)
        {
            char c = _text[_at++];
            if (bracket && c == '\\' && (Next == ']' || Next == mark))
            {
                return false;
            }

            if (c == mark && !bracket)
            {
                return true;
            }

            if (pattern && c == '[')
            {
                if (bracket ? Next is '.' or '=' : Next == ']' || _text.AsSpan(_at).StartsWith("^]"))
                {
                    return false;
                }

                int end = bracket && Next == ':' ? _text.IndexOf(":]", _at + 1, StringComparison.Ordinal) : -1;
                _at = end < 0 ? _at : end + 2;
                bracket = true;
            }
            else if (c == ']')
            {
                bracket = false;
            }

            _at += c == '\\' && !bracket ? 1 : 0;
        }

        return false;
    }

    private bool Ends()
    {
        Skip(" \t");
        return Next is '\0' or '\n' or ';' or '}';
    }

    private void Skip(string characters)
    {
        while (_at < _text.Length && characters.Contains(_text[_at], StringComparison.Ordinal))
        {
            _at++;
        }
    }
}
