using System.Collections.Immutable;
using System.Text;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Configuration.Toml;
using Postern.Configuration.Validation;

namespace Postern.Configuration;

/// <summary>The result of reading a configuration: either usable settings (perhaps with warnings), or every error at once.</summary>
/// <param name="Settings">Null when there is at least one error.</param>
public sealed record ConfigurationResult(PosternSettings? Settings, ImmutableArray<ConfigurationProblem> Problems);

/// <summary>
/// Reads a configuration file in three steps: its syntax, then each value for itself, then whether the values fit
/// together. Problems of a step do not hide those of another, except that a file whose syntax is broken is not asked
/// for what may stand in its broken lines.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>A configuration of 256 gates is a tenth of this.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What [server] is when nothing is written.</summary>
    public static ServerSettings DefaultServer => Settlement.Settle(new ServerDraft(), Machine.Current);

    public static ConfigurationResult Read(string path) => Read(path, Machine.Current);

    public static ConfigurationResult Read(string path, Machine machine)
    {
        if (FileContent.Read(path, MaxBytes, out string wrong) is not { } bytes)
            return Fail(path, Position.None, wrong);

        try
        {
            return Parse(path, StrictUtf8.GetString(bytes), machine);
        }
        catch (DecoderFallbackException)
        {
            return Fail(path, FirstNotUtf8(bytes), "not TOML: the file is not UTF-8 here");
        }
    }

    public static ConfigurationResult Parse(string fileName, string text) => Parse(fileName, text, Machine.Current);

    /// <param name="fileName">Named in problems; relative paths in the file begin in its directory.</param>
    public static ConfigurationResult Parse(string fileName, string text, Machine machine)
    {
        var problems = new ProblemList(fileName);
        if (TomlDocument.Parse(fileName, text, problems, out SyntaxErrors syntax) is not { } root)
            return new ConfigurationResult(null, problems.InOrder());

        ProblemList values = syntax.Any ? new ProblemList(fileName) : problems;
        string folder = Path.GetDirectoryName(Path.GetFullPath(fileName)) ?? "/";
        var reader = new FileReader(values, machine, folder);
        FileDraft file = reader.Read(root);
        if (syntax.Any)
        {
            problems.AddWhere(values, syntax.Believes);
            return new ConfigurationResult(null, problems.InOrder());
        }

        foreach (IRule rule in Rules.All(machine))
            rule.Check(file, problems);

        var source = new SourceMap(fileName, reader.Places);
        PosternSettings? settings = problems.HasErrors ? null : Settlement.Settle(file, machine, source);
        return new ConfigurationResult(settings, problems.InOrder());
    }

    private static ConfigurationResult Fail(string path, Position at, string message)
    {
        var problems = new ProblemList(path);
        problems.Error(at, "", message);
        return new ConfigurationResult(null, problems.InOrder());
    }

    private static Position FirstNotUtf8(ReadOnlySpan<byte> bytes)
    {
        int line = 1;
        int column = 1;
        while (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + rune.Utf16SequenceLength);
            bytes = bytes[length..];
        }

        return new Position(line, column);
    }
}
