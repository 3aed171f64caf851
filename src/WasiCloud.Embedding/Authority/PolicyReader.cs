using System.Text;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Reads the text of a policy, or one line of it that came from elsewhere. The first thing that is wrong in a line ends that line.</summary>
/// <param name="fail">Makes the exception of a problem: the line and the column, both from 1, and what is wrong.</param>
internal sealed class PolicyReader(Func<int, int, string, GuestPolicyFormatException> fail)
{
    private const char ByteOrderMark = '\uFEFF';

    private readonly GuestPolicyBuilder _builder = new();
    private string _text = string.Empty;
    private int _line;
    private int _position;

    /// <summary>Reads a whole text.</summary>
    /// <param name="text">Its lines end with LF or CR LF.</param>
    /// <param name="source">What it is called in messages: a file's name.</param>
    /// <exception cref="GuestPolicyFormatException">It is no policy.</exception>
    public static GuestPolicy Read(string text, string source)
    {
        var reader = new PolicyReader((line, column, problem) => new GuestPolicyFormatException(source, line, column, problem));
        if (text.StartsWith(ByteOrderMark)) text = text[1..];
        var problems = new PolicyProblems();
        foreach (var line in text.Split('\n')) problems.Try(() => reader.ReadLine(line.EndsWith('\r') ? line[..^1] : line));
        problems.ThrowIfAny();
        return reader.Build();
    }

    /// <summary>What was read.</summary>
    public GuestPolicy Build() => _builder.Build();

    /// <summary>Reads one line.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no line of a policy.</exception>
    public void ReadLine(string text)
    {
        (_text, _position) = (text, 0);
        _line++;
        if (NextWord() is not { } word) return;
        if (!word.IsQuoted && word.Text == PolicyText.ImportWord) ReadImport();
        else if (!word.IsQuoted && word.Text == PolicyText.LimitWord) ReadLimit();
        else ReadPath(word);
    }

    /// <summary>Reads one line, which has to be one of a path.</summary>
    public void ReadPathLine(string text)
    {
        (_text, _position) = (text, 0);
        _line++;
        ReadPath(NextWord() ?? throw Fail(_position + 1, "The path is missing."));
    }

    /// <summary>Reads an import, as it stands behind the word.</summary>
    public void ReadImportLine(string text)
    {
        (_text, _position) = (text, 0);
        _line++;
        ReadImport();
    }

    /// <summary>Reads a limit.</summary>
    public void ReadLimitOf(string name, string value)
    {
        (_text, _position) = (value, 0);
        _line++;
        SetLimit(new Word(name, 1, IsQuoted: false), new Word(value, 1, IsQuoted: false));
    }

    private void ReadPath(Word path)
    {
        if (PolicyPath.ProblemOf(path.Text, out var at) is { } problem)
            throw Fail(path.Column + (path.IsQuoted ? 1 : 0) + at, $"'{SafeText.Of(path.Text)}' {problem}.");
        var rights = NextWord() ?? throw Fail(_position + 1, "What may be done is missing: r, w, c together, or '-'.");
        var line = new GuestPolicyLine(path.Text, AccessOf(rights));
        while (NextWord() is { } word)
        {
            if (word is { IsQuoted: false, Text: PolicyText.TenantWord } && !line.IsTenant) line = line with { IsTenant = true };
            else if (word is { IsQuoted: false, Text: PolicyText.OwnWord } && !line.IsOwn) line = line with { IsOwn = true };
            else throw Fail(word.Column, $"'{SafeText.Of(word.Text)}' is not expected here: only 'tenant' and 'own' may follow the rights, each once.");
        }

        if (!_builder.TryAdd(line)) throw Fail(path.Column, $"'{SafeText.Of(path.Text)}' has a line already.");
    }

    private GuestAccess AccessOf(Word word)
    {
        var access = GuestAccess.None;
        if (word is { IsQuoted: false, Text: "-" }) return access;
        for (var index = 0; index < word.Text.Length; index++)
        {
            var right = word.Text[index] switch
            {
                'r' => GuestAccess.Read,
                'w' => GuestAccess.Write,
                'c' => GuestAccess.Create,
                _ => GuestAccess.None,
            };
            var column = word.Column + (word.IsQuoted ? 1 : 0) + index;
            if (right == GuestAccess.None)
                throw Fail(column, $"'{SafeText.Of(word.Text[index].ToString())}' is no right: they are r, w and c, or '-' alone for none.");
            if ((access & right) != 0) throw Fail(column, $"The right '{word.Text[index]}' stands there twice.");
            access |= right;
        }

        return access;
    }

    private void ReadImport()
    {
        var first = NextWord() ?? throw Fail(_position + 1, "The name of the import is missing, such as env.say, env.* or *.");
        ImportGrant import;
        if (NextWord() is { } second)
        {
            import = new ImportGrant(NameOf(first), NameOf(second));
        }
        else if (NameOf(first) is null)
        {
            import = ImportGrant.Any;
        }
        else
        {
            var dot = first.Text.LastIndexOf('.');
            if (dot <= 0 || dot == first.Text.Length - 1 || first.IsQuoted)
                throw Fail(first.Column, $"'{SafeText.Of(first.Text)}' is no import: it is written <module>.<name>, or <module>.* for all of a module.");
            var (module, name) = (first.Text[..dot], first.Text[(dot + 1)..]);
            import = new ImportGrant(module == PolicyText.Any ? null : module, name == PolicyText.Any ? null : name);
        }

        ExpectEnd();
        if (import.Problem is { } problem) throw Fail(first.Column, $"The import {SafeText.Of(PolicyText.NameOf(import))} {problem}.");
        if (!_builder.TryAdd(import)) throw Fail(first.Column, $"The import {SafeText.Of(PolicyText.NameOf(import))} has a line already.");
    }

    private static string? NameOf(Word word) => word is { IsQuoted: false, Text: PolicyText.Any } ? null : word.Text;

    private void ReadLimit()
    {
        var name = NextWord() ?? throw Fail(_position + 1, $"The name of the limit is missing: one of {LimitNames}.");
        var value = NextWord() ?? throw Fail(_position + 1, $"The value of the limit '{SafeText.Of(name.Text)}' is missing.");
        ExpectEnd();
        SetLimit(name, value);
    }

    private void SetLimit(Word name, Word value)
    {
        if (LimitKind.Find(name.Text) is not { } kind) throw Fail(name.Column, $"'{SafeText.Of(name.Text)}' is no limit: they are {LimitNames}.");
        if (LimitText.Parse(value.Text, kind, out var number) is { } problem) throw Fail(value.Column, SafeText.OfMessage(problem) + ".");
        if (!_builder.TrySet(kind, number)) throw Fail(name.Column, $"The limit '{kind.Name}' has a line already.");
    }

    private static string LimitNames => string.Join(", ", LimitKind.All.Select(kind => kind.Name));

    private void ExpectEnd()
    {
        if (NextWord() is { } word) throw Fail(word.Column, $"'{SafeText.Of(word.Text)}' is not expected here.");
    }

    private Word? NextWord()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position])) _position++;
        if (_position == _text.Length || _text[_position] == '#') return null;
        var start = _position;
        if (_text[start] == '"') return QuotedWord(start);
        while (_position < _text.Length && !char.IsWhiteSpace(_text[_position]) && _text[_position] != '#')
        {
            if (_text[_position] == '"') throw Fail(_position + 1, "A quote stands within a word: write the whole word in quotes.");
            _position++;
        }

        return new Word(_text[start.._position], start + 1, IsQuoted: false);
    }

    private Word QuotedWord(int start)
    {
        var word = new StringBuilder();
        for (_position = start + 1; _position < _text.Length; _position++)
        {
            var character = _text[_position];
            if (character == '"')
            {
                _position++;
                if (_position < _text.Length && !char.IsWhiteSpace(_text[_position]) && _text[_position] != '#')
                    throw Fail(_position + 1, "A word in quotes ends with its quote.");
                return new Word(word.ToString(), start + 1, IsQuoted: true);
            }

            if (character == '\\')
            {
                if (_position + 1 == _text.Length || _text[_position + 1] is not ('"' or '\\'))
                    throw Fail(_position + 1, "Behind a backslash stands a quote or another backslash.");
                character = _text[++_position];
            }

            word.Append(character);
        }

        throw Fail(start + 1, "The quote is not closed.");
    }

    private GuestPolicyFormatException Fail(int column, string problem) => fail(_line, column, problem);

    private readonly record struct Word(string Text, int Column, bool IsQuoted);
}
