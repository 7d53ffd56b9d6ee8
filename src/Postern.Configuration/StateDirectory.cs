using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>Whether the directory is there that holds the root's keys and what is remembered of mail, for <c>postern check</c>.</summary>
public static class StateDirectory
{
    private const string Key = "policy.state";

    /// <summary>Null when nothing is to be said.</summary>
    public static ConfigurationProblem? Look(PosternSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string path = settings.Policy.State;
        if (settings.Gates.All(gate => gate.Outbound is null && gate.BackendTls is not { Trust.IsDane: true }) || Directory.Exists(path))
            return null;

        Position at = settings.Source.Find(Key);
        return File.Exists(path)
            ? new ConfigurationProblem(Severity.Error, settings.Source.File, at.Line, at.Column, Key, $"{Quoted.Escape(path)} is a file, not a directory")
            : new ConfigurationProblem(Severity.Warning, settings.Source.File, at.Line, at.Column, Key, $"the directory {Quoted.Escape(path)} does not exist; posternd makes it when it is started by root");
    }
}
