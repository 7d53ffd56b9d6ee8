using Postern.Interop.LibSqlite;
using Postern.Policy.Decision;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Store.Tests;

/// <summary>The file: made, opened again, by two at a time, full, damaged, and of somebody else.</summary>
public sealed class StoreFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("postern-store").FullName;

    private string FilePath => Path.Combine(_directory, StoreFile.Name);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_kept_is_there_when_it_is_opened_again()
    {
        using (StoreFile file = Open())
            Assert.Null(file.Domains.Keep(Memories.Of("example.org")));
        using StoreFile again = Open();
        Assert.Equal("mx.example.org", Find(again, "example.org")!.Ratchet!.Hosts[0].Host.Text);
        Assert.Null(Find(again, "example.net"));
    }

    [Fact]
    public void Two_have_it_open_and_each_sees_what_the_other_kept()
    {
        using StoreFile one = Open();
        using StoreFile other = Open();
        for (int i = 0; i < 20; i++)
        {
            Assert.Null((i % 2 == 0 ? one : other).Domains.Keep(Memories.Of($"d{i}.example.org")));
            Assert.NotNull(Find(i % 2 == 0 ? other : one, $"d{i}.example.org"));
        }
    }

    [Fact]
    public void Two_that_begin_at_the_same_time_make_one_set_of_tables()
    {
        using var together = new Barrier(4);
        StoreFault?[] faults = new StoreFault?[4];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            together.SignalAndWait();
            using StoreFile? file = StoreFile.Open(_directory, out faults[i]);
            faults[i] ??= file!.Domains.Keep(Memories.Of($"d{i}.example.org"));
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(faults, fault => Assert.True(fault is null, fault?.Text));
        using StoreFile all = Open();
        for (int i = 0; i < 4; i++)
            Assert.NotNull(Find(all, $"d{i}.example.org"));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_told()
    {
        Assert.Null(StoreFile.OpenOrBegin(Path.Combine(_directory, "none"), out string putAside, out StoreFault? fault));
        Assert.Equal(("", SqliteOutcome.NoFile), (putAside, fault!.Outcome));
        Assert.Contains("/none/postern.db cannot be opened or made", fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_database_is_put_aside_and_a_new_one_begun()
    {
        File.WriteAllText(FilePath, new string('x', 20_000));
        Assert.Null(StoreFile.Open(_directory, out StoreFault? fault));
        Assert.Equal(SqliteOutcome.Damaged, fault!.Outcome);
        using StoreFile? file = StoreFile.OpenOrBegin(_directory, out string putAside, out fault);
        Assert.NotNull(file);
        Assert.Null(fault);
        Assert.Contains("it is called postern.db.damaged now", putAside, StringComparison.Ordinal);
        Assert.Equal(20_000, new FileInfo(Path.Combine(_directory, StoreFile.NameOfDamaged)).Length);
        Assert.Null(file.Domains.Keep(Memories.Of("example.org")));
    }

    /// <summary>Every page in turn: none is believed that does not fit, nothing throws, and whoever owns the file can go on.</summary>
    [Fact]
    public void A_page_that_was_destroyed_is_found_or_does_not_matter()
    {
        using (StoreFile file = Open())
        {
            for (int i = 0; i < 200; i++)
                Assert.Null(file.Domains.Keep(Memories.Of($"d{i}.example.org")));
            Assert.Null(file.Sessions.Count(new ReportDay(new DateOnly(2026, 11, 27)), new ReportedPolicy(PolicyType.Sts, "example.org", [], []), null));
        }

        byte[] good = File.ReadAllBytes(FilePath);
        int found = 0;
        for (int page = 0; page < good.Length / 4096; page++)
        {
            byte[] bad = (byte[])good.Clone();
            bad.AsSpan((page * 4096) + (page == 0 ? 100 : 0), 1000).Fill(0xa5);
            foreach (string left in Directory.GetFiles(_directory))
                File.Delete(left);
            File.WriteAllBytes(FilePath, bad);
            using StoreFile? file = StoreFile.OpenOrBegin(_directory, out string putAside, out StoreFault? fault);
            Assert.True(file is not null, fault?.Text);
            found += putAside.Length > 0 ? 1 : 0;
            Assert.Null(file.Domains.Keep(Memories.Of("new.example.org")));
            Assert.NotNull(Find(file, "new.example.org"));
        }

        Assert.True(found > good.Length / 4096 / 2, $"{found} of {good.Length / 4096} pages were missed when they were destroyed");
    }

    [Fact]
    public void A_file_that_was_cut_anywhere_is_no_end()
    {
        using (StoreFile file = Open())
        {
            for (int i = 0; i < 100; i++)
                Assert.Null(file.Domains.Keep(Memories.Of($"d{i}.example.org")));
        }

        byte[] good = File.ReadAllBytes(FilePath);
        for (int length = 0; length < good.Length; length += 1777)
        {
            foreach (string left in Directory.GetFiles(_directory))
                File.Delete(left);
            File.WriteAllBytes(FilePath, good[..length]);
            using StoreFile? file = StoreFile.OpenOrBegin(_directory, out _, out StoreFault? fault);
            Assert.True(file is not null, fault?.Text);
            Assert.Null(file.Domains.Keep(Memories.Of("new.example.org")));
        }
    }

    [Fact]
    public void Without_room_nothing_is_kept_and_what_was_is_there()
    {
        using StoreFile file = Open();
        Assert.Null(file.Execute("PRAGMA max_page_count=16"));
        int kept = 0;
        StoreFault? fault = null;
        for (; kept < 1000 && fault is null; kept++)
            fault = file.Domains.Keep(Memories.Of($"d{kept}.example.org"));
        Assert.Equal(SqliteOutcome.Full, fault!.Outcome);
        Assert.Contains("there is no room for", fault.Text, StringComparison.Ordinal);
        for (int i = 0; i < kept - 1; i++)
            Assert.NotNull(Find(file, $"d{i}.example.org"));
        Assert.Null(file.Domains.Forget(Memories.Name("d0.example.org"), out bool was));
        Assert.True(was);
        Assert.Null(file.Execute("PRAGMA max_page_count=1000"));
        Assert.Null(file.Domains.Keep(Memories.Of("later.example.org")));
    }

    [Theory]
    [InlineData("CREATE TABLE other (n)", "another program")]
    [InlineData("CREATE TABLE other (n); PRAGMA application_id=1349743726; PRAGMA user_version=999", "later version")]
    public void What_another_made_is_left_alone(string sql, string says)
    {
        using (SqliteDatabase other = SqliteDatabase.Open(FilePath, TimeSpan.FromSeconds(1), out _, out _)!)
            Assert.Equal(SqliteOutcome.Done, other.Execute(sql));
        byte[] before = File.ReadAllBytes(FilePath);
        Assert.Null(StoreFile.OpenOrBegin(_directory, out string putAside, out StoreFault? fault));
        Assert.Equal("", putAside);
        Assert.Contains(says, fault!.Text, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    private static DomainMemory? Find(StoreFile file, string domain)
    {
        Assert.Null(file.Domains.Find(Memories.Name(domain), out DomainMemory? memory));
        return memory;
    }

    private StoreFile Open()
    {
        StoreFile? file = StoreFile.Open(_directory, out StoreFault? fault);
        Assert.True(file is not null, fault?.Text);
        return file;
    }
}
