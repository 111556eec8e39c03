namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>
/// Takes a line for a POSIX shell, bash or zsh apart into its simple commands, those of substitutions included. It never refuses: what it does not
/// know surely it says as a doubt, and goes on as best it can, so that a command that is denied is seen in strange company too.
/// </summary>
internal sealed partial class ShellParser
{
    private const int DepthMax = 12;

    private static readonly string[] Skipped = ["if", "then", "else", "elif", "fi", "while", "until", "do", "done", "{", "}", "!"];
    private static readonly string[] NotKnown = ["case", "esac", "select", "function", "coproc", "[[", "repeat", "foreach", "always", "noglob", "nocorrect"];

    private readonly string _text;
    private readonly ShellLine _line;
    private readonly int _depth;
    private readonly List<HereText> _hereTexts = [];

    /// <summary>Commands whose here-documents come with the next line.</summary>
    private readonly List<ShellCommand> _awaitingText = [];
    private int _at;
    private int _nesting;

    private ShellParser(string text, ShellLine line, int depth) => (_text, _line, _depth) = (text, line, depth);

    public static ShellLine Parse(string text)
    {
        var line = new ShellLine();
        Into(line, text, 0);
        return line;
    }

    /// <summary>The commands of a text within the line, such as that of <c>bash -c</c>.</summary>
    public static void Into(ShellLine line, string text, int depth)
    {
        line.Take(text);
        if (Deep(line, depth))
        {
            return;
        }

        var parser = new ShellParser(text, line, depth);
        parser.List(null);
        parser.EndHereTexts();
    }

    private static bool Deep(ShellLine line, int depth)
    {
        if (depth <= DepthMax && !line.IsFull)
        {
            return false;
        }

        line.Doubts("the line is nested too deep, or too long");
        return true;
    }

    private bool AtEnd => _at >= _text.Length;

    private char Next() => AtEnd ? '\0' : _text[_at];

    /// <summary>The one behind: the shell takes a backslash and a line feed between them away before it looks at either.</summary>
    private char AfterNext()
    {
        int after = Joined(_at + 1);
        return after < _text.Length ? _text[after] : '\0';
    }

    /// <summary>To the next character, but not where a quote begins in which a backslash means nothing.</summary>
    private void Pass() => _at = Joined(_at + 1);

    /// <summary>The first place from there on at which no line is joined with the one below it.</summary>
    private int Joined(int at)
    {
        while (at + 1 < _text.Length && _text[at] == '\\' && _text[at + 1] == '\n')
        {
            at += 2;
        }

        return at;
    }

    /// <param name="end">What closes it; null: the end of the text.</param>
    private void List(char? end)
    {
        if (++_nesting + _depth > DepthMax)
        {
            _line.Doubts("the line is nested too deep");
            _at = _text.Length;
        }

        while (!AtEnd && !_line.IsFull)
        {
            SkipBlanks();
            if (AtEnd)
            {
                break;
            }

            char c = Next();
            if (c == end)
            {
                _at++;
                _nesting--;
                return;
            }

            if (c == '\n')
            {
                _at++;
                ReadHereTexts();
            }
            else if (c is ';' or '|' || (c == '&' && AfterNext() != '>'))
            {
                _at++;
            }
            else if (c == ')')
            {
                _line.Doubts("a closing bracket that nothing opened");
                _at++;
            }
            else if (c == '(')
            {
                if (AfterNext() is '(' or ')')
                {
                    _line.Doubts("arithmetic or a function");
                }

                _at++;
                List(')');
            }
            else
            {
                Command();
            }
        }

        if (_line.IsFull)
        {
            _line.Doubts("too many commands");
        }

        if (end is not null)
        {
            _line.Doubts("a bracket that nothing closes");
        }

        _nesting--;
    }

    private void Command()
    {
        List<ShellWord> words = [];
        List<ShellFile> files = [];
        List<string> inputs = [];
        bool loop = false;
        bool strange = false;
        while (true)
        {
            SkipBlanks();
            if (AtEnd || Next() is '\n' or ';' or '|' or ')' or '(' || (Next() == '&' && AfterNext() != '>'))
            {
                break;
            }

            if (TryRedirection(files, inputs))
            {
                continue;
            }

            int before = _at;
            var word = Word();
            if (_at == before)
            {
                // Nothing that begins no word may hold the loop.
                _line.Doubts("a character out of place");
                _at++;
            }
            else if (loop && word is { Plain: true, IsWhole: true, Text: "do" or "{" })
            {
                // for NAME do …: its body begins without a separator.
                loop = false;
                words.Clear();
            }
            else if (words.Count > 0 || loop || !IsKeyword(word, ref loop, ref strange))
            {
                words.Add(word);
            }
        }

        if (Next() == '(' && words.Count > 0)
        {
            _line.Doubts("a function, or a pattern of the shell's own");
        }

        if (loop)
        {
            // for NAME in WORDS: names no command; substitutions among the words were taken already.
            words.Clear();
        }

        if (strange)
        {
            ShellUnwrapping.Hide(_line, words, _depth);
        }

        var command = new ShellCommand { Words = words, Files = files, Inputs = inputs };
        if (_hereTexts.Any(here => here.Inputs == inputs))
        {
            _awaitingText.Add(command);
        }
        else if (words.Count + files.Count + inputs.Count > 0)
        {
            ShellUnwrapping.Add(_line, command, _depth);
        }
    }

    private bool IsKeyword(ShellWord word, ref bool loop, ref bool strange)
    {
        if (!word.Plain || !word.IsWhole)
        {
            return false;
        }

        if (NotKnown.Contains(word.Text))
        {
            _line.Doubts($"'{word.Text}', a construct that is not taken apart");
            return strange = true;
        }

        loop |= word.Text == "for";
        return loop || Skipped.Contains(word.Text);
    }

    private void SkipBlanks()
    {
        while (!AtEnd)
        {
            if (Next() is ' ' or '\t')
            {
                _at++;
            }
            else if (Joined(_at) != _at)
            {
                _at = Joined(_at);
            }
            else if (Next() == '#')
            {
                // Only where a word would begin: SkipBlanks is called nowhere else.
                int end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                return;
            }
        }
    }
}
