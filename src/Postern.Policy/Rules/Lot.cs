namespace Postern.Policy.Rules;

/// <summary>
/// A number out of a text, the same in each process. .NET's own hash of a string is another in each, and its digests load OpenSSL
/// by themselves, which no sandbox lets them.
/// </summary>
internal static class Lot
{
    /// <summary>FNV-1a: what matters is that two texts, or two numbers, give two lots.</summary>
    public static ulong Draw(string text, ulong mix = 0)
    {
        const ulong Offset = 14_695_981_039_346_656_037;
        const ulong Prime = 1_099_511_628_211;
        ulong hash = Offset ^ mix;
        foreach (char letter in text)
            hash = (hash ^ letter) * Prime;
        return hash ^ (hash >> 29);
    }
}
