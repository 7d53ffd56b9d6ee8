using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// INN's server for readers, three times: without TLS, with TLS from the first byte, and one that shows its group only after
/// STARTTLS. test.sh unpacks it into artifacts/peers: its package cannot be installed on a machine without a domain.
/// </summary>
internal sealed class NewsRig : IDisposable
{
    public const string Group = "postern.test";
    public const string FirstBody = "the first article";

    private const string User = "news";

    private readonly Workplace _place;
    private readonly string _programs;
    private readonly List<ServerProcess> _servers = [];

    /// <param name="place">Where its files go: below news/.</param>
    /// <param name="certificate">Path of its chain, beside which lies its key.</param>
    public NewsRig(Workplace place, string certificate)
    {
        _place = place;
        _programs = Install();
        foreach (string directory in (string[])["news", "news/etc", "news/db", "news/run", "news/log", "news/tmp", "news/spool", "news/spool/overview", "news/spool/incoming", "news/spool/incoming/tmp", "news/spool/articles"])
            _ = place.MakeDirectory(directory, User);
        Configure(certificate);
        Fill();
        Start(Plain, "everybody.conf");
        Start(StartTls, "encrypted.conf");
        Start(Implicit, "encrypted.conf", "-S");
    }

    public int Plain { get; } = Workplace.FreePort();

    public int StartTls { get; } = Workplace.FreePort();

    public int Implicit { get; } = Workplace.FreePort();

    /// <summary>What was posted: articles wait here for a server of news that does not run.</summary>
    public IEnumerable<string> Posted() =>
        Directory.EnumerateFiles(_place.At("news/spool/incoming")).Select(File.ReadAllText);

    public void Dispose()
    {
        foreach (ServerProcess server in _servers)
            server.Dispose();
    }

    /// <summary>Where its user finds the programs: the directory of the build may be closed to that user.</summary>
    private string Install()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !Directory.Exists(Path.Combine(directory, "artifacts/peers")))
            directory = Path.GetDirectoryName(directory);
        if (directory is null)
            throw new InvalidOperationException("artifacts/peers is missing: ./test.sh makes it");

        string from = Path.Combine(directory, "artifacts/peers/usr/lib/news");
        string programs = _place.MakeDirectory("inn", "root");
        Tool.Must("install", ["-m", "755", "-t", programs, .. Directory.EnumerateFiles(from, "*.so.*"), from + "/bin/nnrpd", from + "/bin/makehistory", from + "/bin/overchan", from + "/bin/innbind"]);
        return programs;
    }

    private void Configure(string certificate)
    {
        string at = _place.At("news");
        _ = _place.Write("news/etc/inn.conf", $"""
            mta: "/bin/false %s"
            domain: example.test
            pathhost: news.example.test
            ovmethod: tradindexed
            hismethod: hisv6
            enableoverview: true
            wireformat: true
            nnrpdloadlimit: 0
            spoolfirst: true
            pathnews: {_programs}
            pathbin: {_programs}
            pathdb: {at}/db
            pathetc: {at}/etc
            pathlog: {at}/log
            pathrun: {at}/run
            pathspool: {at}/spool
            patharticles: {at}/spool/articles
            pathoverview: {at}/spool/overview
            pathincoming: {at}/spool/incoming
            pathtmp: {at}/tmp
            pathfilter: {at}/etc
            tlscafile: {_place.Lend(certificate, "news/chain.pem", User)}
            tlscertfile: {_place.Lend(certificate, "news/server.pem", User)}
            tlskeyfile: {_place.Lend(Path.ChangeExtension(certificate, ".key"), "news/server.key", User)}

            """);
        _ = _place.Write("news/etc/storage.conf", "method tradspool {\n    newsgroups: *\n    class: 0\n}\n");
        _ = _place.Write("news/etc/everybody.conf", Readers(""));
        _ = _place.Write("news/etc/encrypted.conf", Readers("require_encryption: true"));
    }

    private static string Readers(string condition) => $$"""
        auth everybody {
            hosts: "*"
            {{condition}}
            default: "reader"
        }
        access everybody {
            users: "*"
            newsgroups: "*"
            access: RP
        }

        """;

    /// <summary>One group with one article, and the files that say so.</summary>
    private void Fill()
    {
        _ = _place.Write("news/db/active", $"{Group} 0000000001 0000000001 y\n");
        _ = _place.Write("news/db/active.times", $"{Group} 1700000000 news\n");
        _ = _place.Write("news/db/newsgroups", $"{Group}\tgates\n");
        _ = _place.Write("news/db/history", "");
        _ = _place.Write("news/spool/tradspool.map", $"{Group} 1\n");
        _ = _place.Write($"news/spool/articles/{Group.Replace('.', '/')}/1", string.Join("\r\n",
            "Path: news.example.test!not-for-mail", "From: Alice <alice@example.test>", "Newsgroups: " + Group, "Subject: first",
            $"Date: {DateTime.UtcNow.ToString("R", CultureInfo.InvariantCulture)}", "Message-ID: <first@example.test>", $"Xref: news.example.test {Group}:1", "", FirstBody, ".", ""));
        Tool.Must("chown", "-R", User + ":" + User, _place.At("news"));

        // The overview, then the history; sized for a few articles, not for the millions that are its default.
        Tool.Must("setpriv", [.. Environment("makehistory"), "-O", "-x"]);
        Tool.Must("setpriv", [.. Environment("makehistory"), "-s", "1000"]);
    }

    private void Start(int port, string readers, params string[] more)
    {
        string[] program = ["env", "LD_LIBRARY_PATH=" + _programs, $"INNCONF={_place.At("news/etc/inn.conf")}", _programs + "/nnrpd",
            "-D", "-f", "-b", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-c", _place.At("news/etc/" + readers), .. more];
        var server = new ServerProcess(User, _place.At($"nnrpd-{port}.log"), program);
        _servers.Add(server);
        server.WaitForPort(port);
    }

    private string[] Environment(string program) =>
        ["--reuid", User, "--regid", User, "--clear-groups", "env", "LD_LIBRARY_PATH=" + _programs, $"INNCONF={_place.At("news/etc/inn.conf")}", _programs + "/" + program];
}
