using System.Globalization;

namespace Postern.Fuzz;

/// <summary>Inputs worth keeping, a folder for each target: each shows something that none before it showed.</summary>
public sealed class Corpus
{
    private readonly string _folder;
    private readonly HashSet<string> _behaviours = new(StringComparer.Ordinal);

    public Corpus(string root, string target)
    {
        _folder = Path.Combine(root, target);
        Inputs = Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];
    }

    public List<byte[]> Inputs { get; }

    /// <summary>True when no input so far led to this: the end, the reason, the shape of what was said.</summary>
    public bool IsNew(Outcome outcome)
    {
        // Coverage by what can be seen: which lines were answered, in which order, and how far it went.
        string shape = string.Join(',', outcome.Output.Where(value => value is >= (byte)'A' and <= (byte)'Z' or (byte)'\n').Take(160));
        int size = outcome.Consumed == 0 ? 0 : (int)Math.Log2(outcome.Consumed) + 1;
        return _behaviours.Add($"{outcome.Verdict}/{outcome.Refusal}/{size}/{shape}");
    }

    public void Keep(byte[] input)
    {
        Inputs.Add(input);
        _ = Directory.CreateDirectory(_folder);
        File.WriteAllBytes(Path.Combine(_folder, Name(input)), input);
    }

    /// <summary>FNV-1a: the same input has the same name.</summary>
    private static string Name(byte[] input)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in input)
            hash = (hash ^ value) * 1099511628211;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
