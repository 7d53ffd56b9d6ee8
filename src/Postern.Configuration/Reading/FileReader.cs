using Postern.Configuration.Toml;

namespace Postern.Configuration.Reading;

/// <summary>Reads the whole tree into drafts.</summary>
internal sealed class FileReader(ProblemList problems, Machine machine, string folder)
{
    /// <summary>Where each known key stands.</summary>
    public Dictionary<string, Position> Places { get; } = [];

    public FileDraft Read(TomlTable root)
    {
        foreach (TomlEntry entry in root.Entries)
        {
            if (KnownKeys.Top.Contains(entry.Key))
                continue;

            bool isTable = entry.Value is TomlTable { IsInline: false } or TomlList { FromHeaders: true };
            string word = isTable ? "table" : "key";
            problems.Error(entry.At, "", $"unknown {word} {Quoted.Word(entry.Key)}{KnownKeys.Hint(entry.Key, KnownKeys.Top)}");
        }

        return new FileDraft
        {
            Server = ReadTable(root.Find("server"), "server") is { } server ? ServerReader.Read(server, machine, folder) : new ServerDraft(),
            Certificates = ReadCertificates(root.Find("certificate")),
            Gates =
            [
                .. ReadGates(root.Find("gate"), "gate", GateReader.Read)
                    .Concat(ReadGates(root.Find("outbound"), "outbound", OutboundReader.Read)).OrderBy(gate => gate.Table.At.Line),
            ],
            Policy = ReadTable(root.Find("policy"), "policy") is { } policy ? PolicyReader.Read(policy, folder) : new PolicyDraft(),
            Resolver = ReadTable(root.Find("resolver"), "resolver") is { } resolver ? ResolverReader.Read(resolver, folder) : new ResolverDraft(),
            TlsRpt = ReadTable(root.Find("tlsrpt"), "tlsrpt") is { } reports ? TlsRptReader.Read(reports) : new TlsRptDraft(),
        };
    }

    /// <summary>A table that is there once; null when it is absent, or something else, which is said.</summary>
    private TableReader? ReadTable(TomlEntry? entry, string name)
    {
        if (entry is null)
            return null;
        if (entry.Value is TomlTable table)
            return Reader(table, name);

        problems.Error(entry.At, name, $"expected a table, found {entry.Value.Kind}: write [{name}]");
        return null;
    }

    private List<CertificateDraft> ReadCertificates(TomlEntry? entry)
    {
        const string Form = "a certificate is a table with a name: write [certificate.NAME]";
        List<CertificateDraft> drafts = [];
        if (entry is null)
            return drafts;

        if (entry.Value is not TomlTable certificates)
        {
            problems.Error(entry.At, "certificate", Form);
            return drafts;
        }

        if (certificates.Entries.FirstOrDefault(each => each.Value is not TomlTable) is { } stray)
            problems.Error(stray.At, certificates.PathOf(stray.Key), Form);

        foreach (TomlEntry each in certificates.Entries)
        {
            string path = certificates.PathOf(each.Key);
            if (each.Value is not TomlTable table)
                continue;

            if (!Names.IsName(each.Key))
                problems.Error(each.At, path, Names.Wrong(each.Key));

            TableReader reader = Reader(table, path);
            reader.CheckKeys(KnownKeys.Certificate);
            bool onToken = reader.IsText("key", out string key) && TokenUriText.IsUri(key);
            drafts.Add(new CertificateDraft
            {
                Name = each.Key,
                Table = reader,
                Chain = reader.FilePath("chain", folder),
                Key = onToken ? null : reader.FilePath("key", folder),
                Token = onToken ? reader.Parsed("key", TokenUriText.Parse) : null,
                KeyPassphraseCredential = ReadCredential(reader, "key-passphrase-credential"),
            });
        }

        return drafts;
    }

    /// <summary>systemd.exec(5), LoadCredential=: a name that can be the name of a file.</summary>
    public static bool IsCredential(string name)
    {
        const int MaxName = 255;
        return name.Length is > 0 and <= MaxName && name is not ("." or "..")
            && name.All(letter => letter is > ' ' and < '\x7f' and not ('/' or ':'));
    }

    private static Setting<string>? ReadCredential(TableReader reader, string key)
    {
        if (reader.Text(key) is not { } name)
            return null;

        if (IsCredential(name.Value))
            return name;

        reader.Problems.Error(name.At, reader.Name(key), $"{Quoted.Word(name.Value)} is not the name of a credential: write the name that LoadCredential= has, not a path");
        return null;
    }

    /// <param name="entry">Null when there is none.</param>
    /// <param name="name"><c>gate</c> or <c>outbound</c>.</param>
    /// <param name="read">Reads one of them.</param>
    private List<GateDraft> ReadGates(TomlEntry? entry, string name, Func<TableReader, string, GateDraft> read)
    {
        List<GateDraft> drafts = [];
        switch (entry?.Value)
        {
            case null:
                return drafts;
            case TomlTable single:
                problems.Error(entry.At, name, $"there may be several {name}s: write [[{name}]], with two brackets");
                drafts.Add(read(Reader(single, GatePath(single, name, 0)), folder));
                return drafts;
            case TomlList list:
                foreach ((int index, TomlValue item) in list.Items.Index())
                {
                    if (item is TomlTable table)
                        drafts.Add(read(Reader(table, GatePath(table, name, index)), folder));
                    else
                        problems.Error(item.At, name, $"expected a table, found {item.Kind}: write [[{name}]]");
                }

                return drafts;
            default:
                problems.Error(entry.At, name, $"expected a table, found {entry.Value.Kind}: write [[{name}]]");
                return drafts;
        }
    }

    private TableReader Reader(TomlTable table, string path) => new(table, path, problems, Places);

    /// <summary><c>gate[imaps]</c>; one without a name goes by its number.</summary>
    private static string GatePath(TomlTable table, string kind, int index) =>
        table.Find("name")?.Value is TomlText { Text: var name } && Names.IsName(name) ? $"{kind}[{name}]" : $"{kind}[#{index + 1}]";
}
