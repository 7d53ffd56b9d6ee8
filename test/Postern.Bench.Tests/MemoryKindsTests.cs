using System.Diagnostics;
using Postern.Bench.Measuring;

namespace Postern.Bench.Tests;

/// <summary>Where memory is, as /proc/PID/smaps says it.</summary>
public sealed class MemoryKindsTests
{
    [Fact]
    public void Each_mapping_counts_for_what_it_is()
    {
        var kinds = MemoryKinds.Read(
            [
                .. Mapping("1000-3000 r-xp 00000000 fe:00 7  /usr/bin/a program", 100, 0),
                .. Mapping("3000-4000 rw-p 00002000 fe:00 7  /usr/bin/a program", 16, 12),
                .. Mapping("4000-9000 rw-p 00000000 00:00 0 ", 200, 200), // follows upon the program: its .bss
                .. Mapping("a000-b000 rw-p 00000000 00:00 0  [heap]", 30, 30),
                .. Mapping("c000-d000 rw-p 00000000 00:00 0 ", 5, 5),
                .. Mapping("e000-f000 rw-s 00000000 00:01 9  /memfd:scoreboard (deleted)", 3, 3),
            ]);
        Assert.Equal(new MemoryKinds(Code: 104, Data: 12, Zeroed: 200, Heap: 38), kinds);
        Assert.Equal(354, kinds.All);
    }

    [Fact]
    public void They_come_to_what_the_kernel_says_in_all()
    {
        using var sleeper = Process.Start("sleep", "60");
        try
        {
            var tree = new ProcessTree(sleeper.Id);
            // Until it has become what it was started for; then nothing of it moves any more, but what others share with it.
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{sleeper.Id}/comm") == "sleep\n", TimeSpan.FromSeconds(30)));
            Thread.Sleep(200);
            var all = tree.PssKilobytes();
            Assert.InRange(tree.Memory().All, all * 0.8, all * 1.2);
        }
        finally
        {
            sleeper.Kill();
        }
    }

    [Fact]
    public void Of_a_process_that_has_ended_there_is_none()
    {
        using var gone = Process.Start("true");
        gone.WaitForExit();
        var tree = new ProcessTree(gone.Id);
        Assert.Equal((0, default(MemoryKinds)), (tree.PssKilobytes(), tree.Memory()));
    }

    private static string[] Mapping(string head, int pss, int dirty) =>
        [head, "Size:   8 kB", "Rss:    8 kB", $"Pss:    {pss} kB", $"Pss_Dirty:   {dirty} kB", "VmFlags: rd wr mr mw me ac sd"];
}
