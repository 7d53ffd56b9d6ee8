using System.Globalization;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>Drawn in advance, given out once, and not to a child what its parent has.</summary>
public sealed class RandomNumberTests
{
    [Fact]
    public void No_number_comes_twice()
    {
        var seen = new HashSet<ulong>();
        Span<byte> odd = stackalloc byte[3];
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(seen.Add(RandomNumber.Draw()));
            RandomNumber.Fill(odd);
        }
    }

    [Fact]
    public void More_than_is_kept_is_drawn_all_the_same()
    {
        byte[] many = new byte[100_000];
        RandomNumber.Fill(many);
        Assert.InRange(many.Count(b => b == 0), 200, 600);
    }

    /// <summary>proc(5): "wf", wipe on fork. A child that drew what its parent draws would seal two tickets with one nonce.</summary>
    [Fact]
    public void A_child_finds_none_of_its_parents_numbers()
    {
        nint address = PrivateMemory.WipedOnFork(100);
        bool ours = false;
        string flags = File.ReadLines("/proc/self/smaps").First(line =>
        {
            int dash = line.IndexOf('-', StringComparison.Ordinal), blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (dash > 0 && blank > dash && nint.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, null, out nint from)
                && nint.TryParse(line.AsSpan(dash + 1, blank - dash - 1), NumberStyles.HexNumber, null, out nint to))
            {
                ours = from <= address && address < to;
            }

            return ours && line.StartsWith("VmFlags:", StringComparison.Ordinal);
        });
        Assert.Contains(" wf", flags, StringComparison.Ordinal);
    }
}
