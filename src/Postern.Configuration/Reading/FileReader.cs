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
            Server = ReadServer(root.Find("server")),
            Certificates = ReadCertificates(root.Find("certificate")),
            Gates = ReadGates(root.Find("gate")),
        };
    }

    private ServerDraft ReadServer(TomlEntry? entry)
    {
        switch (entry?.Value)
        {
            case null:
                return new ServerDraft();
            case TomlTable table:
                return ServerReader.Read(Reader(table, "server"), machine, folder);
            default:
                problems.Error(entry.At, "server", $"expected a table, found {entry.Value.Kind}: write [server]");
                return new ServerDraft();
        }
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

    private List<GateDraft> ReadGates(TomlEntry? entry)
    {
        List<GateDraft> drafts = [];
        switch (entry?.Value)
        {
            case null:
                return drafts;
            case TomlTable single:
                problems.Error(entry.At, "gate", "there may be several gates: write [[gate]], with two brackets");
                drafts.Add(GateReader.Read(Reader(single, GatePath(single, 0)), folder));
                return drafts;
            case TomlList list:
                foreach ((int index, TomlValue item) in list.Items.Index())
                {
                    if (item is TomlTable table)
                        drafts.Add(GateReader.Read(Reader(table, GatePath(table, index)), folder));
                    else
                        problems.Error(item.At, "gate", $"expected a table, found {item.Kind}: write [[gate]]");
                }

                return drafts;
            default:
                problems.Error(entry.At, "gate", $"expected a table, found {entry.Value.Kind}: write [[gate]]");
                return drafts;
        }
    }

    private TableReader Reader(TomlTable table, string path) => new(table, path, problems, Places);

    /// <summary><c>gate[imaps]</c>; a gate without a name goes by its number.</summary>
    private static string GatePath(TomlTable table, int index) =>
        table.Find("name")?.Value is TomlText { Text: var name } && Names.IsName(name) ? $"gate[{name}]" : $"gate[#{index + 1}]";
}
