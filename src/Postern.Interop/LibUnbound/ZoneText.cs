using System.Collections.Immutable;
using System.Text;

namespace Postern.Interop.LibUnbound;

/// <summary>The records of a zone file, each in one line, for a library that takes one at a time.</summary>
public static class ZoneText
{
    /// <summary>DS and DNSKEY alone: nothing else is an anchor. Without comments; what parentheses hold together is one line (RFC 1035 §5.1).</summary>
    public static ImmutableArray<string> Records(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var records = ImmutableArray.CreateBuilder<string>();
        var record = new StringBuilder();
        bool isOpen = false;
        foreach (string line in text.Split('\n'))
        {
            int comment = line.IndexOf(';', StringComparison.Ordinal);
            foreach (char letter in comment < 0 ? line : line[..comment])
            {
                if (letter is '(' or ')')
                    isOpen = letter == '(';
                _ = record.Append(letter is '(' or ')' or '\t' or '\r' ? ' ' : letter);
            }

            _ = record.Append(' ');
            if (isOpen)
                continue;
            string[] words = record.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Any(word => word.Equals("DS", StringComparison.OrdinalIgnoreCase) || word.Equals("DNSKEY", StringComparison.OrdinalIgnoreCase)))
                records.Add(string.Join(' ', words));
            _ = record.Clear();
        }

        return records.ToImmutable();
    }
}
