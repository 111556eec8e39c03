using System.Text;

namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>Words: quotes, escapes, and what the shell puts in their place.</summary>
internal sealed partial class ShellParser
{
    private const string WordEnds = " \t\n;&|<>()";

    private ShellWord Word()
    {
        var word = new WordParts();
        while ((_at = Joined(_at)) < _text.Length)
        {
            char c = Next();
            if (c is '<' or '>' && AfterNext() == '(' && word.IsEmpty)
            {
                Pass();
                _at++;
                List(')');
                word.Unknown();
            }
            else if (WordEnds.Contains(c, StringComparison.Ordinal))
            {
                break;
            }
            else
            {
                WordPart(c, word);
            }
        }

        return word.ToWord();
    }

    private void WordPart(char c, WordParts word)
    {
        if (c is '\'' or '\\')
        {
            _at++;
        }
        else
        {
            Pass();
        }

        switch (c)
        {
            case '\'':
                Literal(word);
                break;
            case '"':
                word.Quoted = true;
                Quoted('"', word);
                break;
            case '\\':
                word.Quoted = true;
                Escaped(word);
                break;
            case '$':
                Dollar(word, quoted: false);
                break;
            case '`':
                Backticks(word);
                break;
            case '*' or '?' or '[':
                word.Pattern();
                break;
            case '{' when Next() == '}':
                _at++;
                word.Add("{}");
                break;
            case '{' when !AtEnd && !(word.IsEmpty && char.IsWhiteSpace(Next())):
            case '=' when word.IsEmpty && IsName(Next()):
                // {a,b} of bash; =name of zsh, which is the path of a command.
                word.Unknown();
                break;
            default:
                word.Add(c);
                break;
        }
    }

    private void Literal(WordParts word)
    {
        word.Quoted = true;
        int end = _text.IndexOf('\'', _at);
        if (end < 0)
        {
            _line.Doubts("a quote that nothing closes");
            end = _text.Length;
        }

        word.Add(_text[_at..end]);
        _at = Math.Min(end + 1, _text.Length);
    }

    private void Escaped(WordParts word)
    {
        if (AtEnd)
        {
            _line.Doubts("an escape at the end");
        }
        else if (Next() != '\n')
        {
            word.Add(Next());
        }

        _at = Math.Min(_at + 1, _text.Length);
    }

    /// <param name="end">Null: up to the end of the text, as in a here-document, where quotes mean nothing.</param>
    private void Quoted(char? end, WordParts word)
    {
        while (!AtEnd)
        {
            char c = _text[_at++];
            if (c == end)
            {
                return;
            }

            if (c == '\\' && Next() is '$' or '`' or '"' or '\\' or '\n')
            {
                Escaped(word);
            }
            else if (c == '$')
            {
                Dollar(word, quoted: true);
            }
            else if (c == '`')
            {
                Backticks(word);
            }
            else
            {
                if (c == '\n' && _hereTexts.Count > 0)
                {
                    _line.Doubts("a here-document begins within quotes");
                }

                word.Add(c);
            }
        }

        if (end is not null)
        {
            _line.Doubts("a quote that nothing closes");
        }
    }

    private void Dollar(WordParts word, bool quoted)
    {
        _at = Joined(_at);
        char c = Next();
        if (c == '(')
        {
            if (AfterNext() == '(')
            {
                _line.Doubts("arithmetic");
            }

            _at++;
            List(')');
            word.Unknown();
        }
        else if (c == '{')
        {
            Braced(word);
        }
        else if (c == '\'' && !quoted)
        {
            _at++;
            word.Quoted = true;
            EscapedText(word);
        }
        else if (c == '"' && !quoted)
        {
            _at++;
            word.Quoted = true;
            Quoted('"', word);
        }
        else if (c == '[')
        {
            _line.Doubts("arithmetic");
            word.Unknown();
        }
        else if (IsName(c) || "?!#$@*-".Contains(c, StringComparison.Ordinal))
        {
            Pass();
            while (IsName(c) && IsName(Next()))
            {
                Pass();
            }

            if (Next() == '[')
            {
                // An index is arithmetic in zsh, and arithmetic can run commands.
                _line.Doubts("an index");
            }

            word.Unknown();
        }
        else if (c is '=' or '~' or '^' or '+' or ':')
        {
            _line.Doubts("an expansion of zsh's own");
            word.Unknown();
        }
        else
        {
            word.Add('$');
        }
    }

    private void Braced(WordParts word)
    {
        int end = _text.IndexOf('}', _at);
        string name = end < 0 ? "" : _text[(_at + 1)..end];
        if (name.Length > 0 && name.All(IsName))
        {
            _at = end + 1;
        }
        else
        {
            // Defaults and operators may hold substitutions, and @P runs one. What stands between the brackets is read on as part of the word.
            _line.Doubts("an expansion with an operator");
            _at++;
        }

        word.Unknown();
    }

    private void Backticks(WordParts word)
    {
        var inner = new StringBuilder();
        while (!AtEnd && Next() != '`')
        {
            char c = _text[_at++];
            if (c == '\\')
            {
                // What an escape means here depends on the quotes around.
                _line.Doubts("an escape between backticks");
                c = AtEnd ? c : _text[_at++];
                if (c == '\n')
                {
                    continue;
                }
            }

            inner.Append(c);
        }

        if (AtEnd)
        {
            _line.Doubts("a backtick that nothing closes");
        }

        _at = Math.Min(_at + 1, _text.Length);
        Into(_line, inner.ToString(), _depth + 1);
        word.Unknown();
    }

    private static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>A word while it is read.</summary>
    private sealed class WordParts
    {
        private readonly StringBuilder _known = new();
        private Known _certainty;

        public bool Quoted { get; set; }

        public bool IsEmpty => _known.Length == 0 && _certainty == Known.Whole && !Quoted;

        public void Add(char c)
        {
            if (_certainty == Known.Whole)
            {
                _known.Append(c);
            }
        }

        public void Add(string text)
        {
            if (_certainty == Known.Whole)
            {
                _known.Append(text);
            }
        }

        public void Pattern() => _certainty = _certainty == Known.Whole ? Known.Pattern : _certainty;

        public void Unknown() => _certainty = Known.Nothing;

        public ShellWord ToWord() => new(_known.ToString(), _certainty, !Quoted);
    }
}
