using System.Globalization;

namespace Postern.Bench.Measuring;

/// <summary>Where a process's memory is, in KB of proportional set size, from its smaps (proc(5)).</summary>
/// <param name="Code">Pages of programs and libraries as their files have them: the kernel may drop them and read them again.</param>
/// <param name="Data">Pages of programs and libraries that were written to: data, and pointers that the loader has put right.</param>
/// <param name="Zeroed">
/// What a program or library has asked to begin as zeros (.bss), as far as it was written to. A program of .NET unpacks the tables
/// of its types there when it starts.
/// </param>
/// <param name="Heap">Heaps, stacks, shared memory.</param>
internal readonly record struct MemoryKinds(long Code, long Data, long Zeroed, long Heap)
{
    internal long All => Code + Data + Zeroed + Heap;

    public static MemoryKinds operator +(MemoryKinds one, MemoryKinds other) =>
        new(one.Code + other.Code, one.Data + other.Data, one.Zeroed + other.Zeroed, one.Heap + other.Heap);

    /// <summary>Adds up the mappings of a process.</summary>
    internal static MemoryKinds Read(IEnumerable<string> smaps)
    {
        var sum = default(MemoryKinds);
        var isFile = false;
        var isZeroed = false;
        string fileEnd = "";
        long pss = 0;
        foreach (var line in smaps)
        {
            // A mapping begins with "from-to rights offset device inode [path]"; its figures follow, "Name: number kB".
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var range, var rights, _, _, _, .. var path]
                && range.Split('-') is [var from, var to])
            {
                isFile = path is [var name, ..] && name.StartsWith('/') && !name.StartsWith("/memfd:", StringComparison.Ordinal)
                    && rights[3] == 'p';
                isZeroed = path.Length == 0 && from == fileEnd;
                fileEnd = isFile || isZeroed ? to : "";
            }
            else if (Kilobytes(line, "Pss:") is { } proportional)
            {
                pss = proportional;
            }
            else if (Kilobytes(line, "Pss_Dirty:") is { } dirty)
            {
                sum += isFile ? new MemoryKinds(pss - dirty, dirty, 0, 0)
                    : isZeroed ? new MemoryKinds(0, 0, pss, 0)
                    : new MemoryKinds(0, 0, 0, pss);
            }
        }

        return sum;
    }

    private static long? Kilobytes(string line, string name) => line.StartsWith(name, StringComparison.Ordinal)
        ? long.Parse(line.AsSpan(name.Length).TrimEnd("kB").Trim(), CultureInfo.InvariantCulture)
        : null;
}
